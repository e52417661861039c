import type { CellDay } from "../../features/cellDaily.ts";
import { remember } from "./memory.ts";

/** One usable day of a vehicle, all load states together; element i belongs to cell i+1, null where it had no reading. */
export interface DayProfile {
  readonly day: string;
  readonly samples: number;
  readonly levelMv: readonly (number | null)[];
  /** Standard deviation of the deviation within a load state, without what less resistance than the pack's makes of the current, mV. */
  readonly scatterMv: readonly (number | null)[];
  readonly resistanceMohm: readonly (number | null)[];
  /** What the day says about resistance: sum over load states of samples x variance of current, A2. */
  readonly currentInformation: number;
}

/** Merges the load states of one day, at least one. Cells excluded (sensor faults, 0-based) become null everywhere. O(cells). */
export function profileOfDay(rows: readonly CellDay[], excluded: ReadonlySet<number>): DayProfile {
  const [first, ...others] = rows;
  if (first === undefined) throw new RangeError("profileOfDay needs at least one row");
  if (excluded.size > 0) return merge(rows, excluded);
  return wholeProfile(first, ...others);
}

const NONE: ReadonlySet<number> = new Set();
const wholeProfile = remember((first: CellDay, ...others: readonly CellDay[]) => merge([first, ...others], NONE));

function merge(rows: readonly CellDay[], excluded: ReadonlySet<number>): DayProfile {
  const indices = Array.from({ length: rows[0]?.cells ?? 0 }, (_, i) => i);
  const mergeCells = (mergeCell: (i: number) => number | null): (number | null)[] =>
    indices.map((i) => (excluded.has(i) ? null : mergeCell(i)));
  const information = rows.map((r) => r.samples * (r.currentSdA ?? 0) ** 2);
  return {
    day: rows[0]?.day ?? "",
    samples: rows.reduce((n, r) => n + r.samples, 0),
    levelMv: mergeCells((i) => weightedMean(rows.map((r) => [r.deviationMeanMv[i] ?? null, r.usable[i] ?? 0]))),
    scatterMv: mergeCells((i) => rootOf(weightedMean(rows.map((r) => [unexplainedVariance(r, i), r.usable[i] ?? 0])))),
    resistanceMohm: mergeCells((i) => weightedMean(rows.map((r, k) => [r.excessResistanceMohm[i] ?? null, information[k] ?? 0]))),
    currentInformation: information.reduce((a, b) => a + b, 0),
  };
}

/** Mean over the pairs (value, weight) that have a value and a positive weight; null when there is none. */
export function weightedMean(pairs: readonly (readonly [number | null, number])[]): number | null {
  let sum = 0;
  let weights = 0;
  for (const [x, weight] of pairs) {
    if (x === null || weight <= 0) continue;
    sum += x * weight;
    weights += weight;
  }
  return weights === 0 ? null : sum / weights;
}

/** A cell of less resistance than the others swings against them with every change of current, and is no worse for it. */
function unexplainedVariance({ deviationSdMv, excessResistanceMohm, currentSdA }: CellDay, i: number): number | null {
  const sd = deviationSdMv[i] ?? null;
  const swing = Math.min(0, excessResistanceMohm[i] ?? 0) * (currentSdA ?? 0);
  return sd === null ? null : Math.max(0, sd ** 2 - swing ** 2);
}

function rootOf(x: number | null): number | null {
  return x === null ? null : Math.sqrt(x);
}
