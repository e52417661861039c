/**
 * Names a cell whose own resistance has risen against its beginning while the others' has not: two pools of days, each against
 * the cell's first days and against all cells (methods 2.2, current slope of deviation). Days are brought to 25 °C first.
 */
import { median } from "simple-statistics";
import { type Day, daysBetween } from "../../engine/days.ts";
import { robustSpread } from "../../stats/robustSpread.ts";
import { type DayProfile, weightedMean } from "../abnormalCell/profile.ts";

export interface RiseParams {
  readonly poolDays: number;
  readonly baselineDays: number;
  /** Days between the end of the baseline and the first pool. */
  readonly apartDays: number;
  /** Shares of the cell's whole resistance. */
  readonly rise: number;
  readonly gap: number;
  readonly z: number;
  readonly spreadFloor: number;
}

export const RISE_PARAMS: RiseParams = { poolDays: 5, baselineDays: 10, apartDays: 5, rise: 0.11, gap: 0.06, z: 6, spreadFloor: 0.01 };

/** Activation temperature of the resistance, K, as in the load steps. */
const ACTIVATION_K = 2500;

export interface Rise {
  /** 1-based. */
  readonly cell: number;
  /** Shares of the whole cell resistance; the later pool's. */
  readonly rise: number;
  readonly standardError: number;
  readonly gap: number;
  readonly zScore: number;
  readonly baselineUntil: Day;
  readonly points: readonly (readonly [day: Day, rise: number | null])[];
  readonly samples: number;
}

export type RiseVerdict =
  | { readonly kind: "rise"; readonly rise: Rise }
  | { readonly kind: "none" }
  | { readonly kind: "not_evaluated"; readonly reason: "no_cell_data" | "too_few_usable_days" | "no_load_steps" };

/**
 * @param history usable days with current, the last one being judged
 * @param cellMohm whole resistance of one cell at 25 °C; null: not known
 * @param tempC pack temperature of a day; null: taken as 25 °C
 */
export function findResistanceRise(
  history: readonly DayProfile[],
  { cellMohm, tempC }: { readonly cellMohm: number | null; readonly tempC: (day: Day) => number | null },
  params: RiseParams = RISE_PARAMS,
): RiseVerdict {
  if (cellMohm === null || !(cellMohm > 0)) return { kind: "not_evaluated", reason: "no_load_steps" };
  const days = history.filter(({ currentInformation }) => currentInformation > 0);
  const { poolDays, baselineDays, apartDays } = params;
  const baseline = days.slice(0, baselineDays);
  const recent = days.slice(baselineDays).slice(-2 * poolDays);
  const [baselineUntil, firstRecent] = [baseline.at(-1)?.day, recent[0]?.day];
  if (baselineUntil === undefined || firstRecent === undefined || recent.length < 2 * poolDays)
    return { kind: "not_evaluated", reason: "too_few_usable_days" };
  if (daysBetween(baselineUntil, firstRecent) < apartDays) return { kind: "not_evaluated", reason: "too_few_usable_days" };
  const shareOf = (pool: readonly DayProfile[]) => pooled(pool, cellMohm, tempC);
  const start = shareOf(baseline);
  const change = (pool: readonly DayProfile[]) => shareOf(pool).map((x, i) => (x === null ? null : minus(x, start[i] ?? null)));
  const pools = [recent.slice(0, poolDays), recent.slice(poolDays)].map((pool) => standingOut(change(pool), params));
  const [earlier, later] = pools;
  if (earlier === undefined || later === undefined || earlier === null || later === null || earlier.cell !== later.cell)
    return { kind: "none" };
  const points = recent.map((profile): [Day, number | null] => [profile.day, change([profile])[later.cell] ?? null]);
  const daily = points.flatMap(([, x]) => (x === null ? [] : [x]));
  const standardError = robustSpread(daily, 0.005) / Math.sqrt(daily.length);
  const samples = recent.reduce((n, profile) => n + profile.samples, 0);
  return { kind: "rise", rise: { ...later, cell: later.cell + 1, standardError, baselineUntil, points, samples } };
}

/** Each cell's resistance beyond the pack's median cell, as a share of a whole cell's, at 25 °C. */
function pooled(pool: readonly DayProfile[], cellMohm: number, tempC: (day: Day) => number | null): (number | null)[] {
  const scaled = pool.map((profile) => ({ profile, factor: cellMohm * warmth(tempC(profile.day)) }));
  return (pool[0]?.resistanceMohm ?? []).map((_, i) =>
    weightedMean(scaled.map(({ profile, factor }) => [perCell(profile.resistanceMohm[i] ?? null, factor), profile.currentInformation])),
  );
}

function perCell(mohm: number | null, factor: number): number | null {
  return mohm === null ? null : mohm / factor;
}

/** How much higher the resistance is than at 25 °C, held where the law no longer holds. */
function warmth(tempC: number | null): number {
  return tempC === null ? 1 : Math.min(3.5, Math.exp(ACTIVATION_K * (1 / (tempC + 273.15) - 1 / 298.15)));
}

function standingOut(
  change: readonly (number | null)[],
  params: RiseParams,
): { cell: number; rise: number; gap: number; zScore: number } | null {
  const known = change.filter((x) => x !== null);
  if (known.length < 12) return null;
  const [highest = 0, next = 0] = known.toSorted((a, b) => b - a);
  const centre = median(known);
  const [rise, gap] = [highest - centre, highest - next];
  const zScore = rise / robustSpread(known, params.spreadFloor);
  return rise >= params.rise && gap >= params.gap && zScore >= params.z ? { cell: change.indexOf(highest), rise, gap, zScore } : null;
}

function minus(x: number, y: number | null): number | null {
  return y === null ? null : x - y;
}
