/**
 * Names a cell that steadily loses charge to itself: its deviation from the pack sinks day by day while every other cell's stays
 * (methods 2.3). A step, as balancing or a service leaves it, is not steady and is left to the abnormal-cell detector.
 */
import { linearRegression, linearRegressionLine, median } from "simple-statistics";
import { type Day, daysBetween } from "../../engine/days.ts";
import { robustSpread } from "../../stats/robustSpread.ts";
import { againstPack } from "../abnormalCell/measures.ts";
import type { DayProfile } from "../abnormalCell/profile.ts";
import { recentOf } from "./cellHistory.ts";

export interface LeakParams {
  readonly windowDays: number;
  readonly daysMin: number;
  readonly spanMinDays: number;
  /** Least |z| of the slope against the slopes of all cells, whose spread is at least `slopeFloor`, mV/day. */
  readonly z: number;
  readonly slopeFloor: number;
  /** The next cell's slope has to stay back by this share. */
  readonly gapShare: number;
  /** Least fall over the window, mV. */
  readonly fallMv: number;
  /** The window is cut into this many parts, and between each two the cell falls by at least this share of the whole. */
  readonly parts: number;
  readonly partShare: number;
}

export const LEAK_PARAMS: LeakParams = {
  windowDays: 35,
  daysMin: 14,
  spanMinDays: 16,
  z: 6,
  slopeFloor: 0.04,
  gapShare: 0.5,
  fallMv: 6,
  parts: 4,
  partShare: 0.12,
};

export interface Leak {
  /** 1-based. */
  readonly cell: number;
  /** Negative. */
  readonly slopeMvPerDay: number;
  /** Of the slope, doubled: neighbouring days are not independent. */
  readonly standardError: number;
  readonly zScore: number;
  /** By how much the next cell's slope stays back, mV/day. */
  readonly gap: number;
  readonly points: readonly (readonly [day: Day, deviationMv: number | null])[];
  readonly samples: number;
}

export type LeakVerdict =
  | { readonly kind: "leak"; readonly leak: Leak }
  | { readonly kind: "none" }
  | { readonly kind: "not_evaluated"; readonly reason: "no_cell_data" | "too_few_usable_days" };

/** @param history usable days, the last one being judged. O(days x cells). */
export function findLeak(history: readonly DayProfile[], params: LeakParams = LEAK_PARAMS): LeakVerdict {
  const today = history.at(-1)?.day;
  if (today === undefined) return { kind: "not_evaluated", reason: "no_cell_data" };
  const days = recentOf(history, today, params.windowDays);
  const first = days[0]?.day ?? today;
  if (days.length < params.daysMin || daysBetween(first, today) < params.spanMinDays)
    return { kind: "not_evaluated", reason: "too_few_usable_days" };
  const levels = days.map((profile) => againstPack(profile.levelMv));
  const series = (cell: number): [number, number][] =>
    levels.flatMap((level, i): [number, number][] => {
      const y = level[cell] ?? null;
      return y === null ? [] : [[daysBetween(first, days[i]?.day ?? first), y]];
    });
  const slopes = (levels[0] ?? []).map((_, cell) => slopeOf(series(cell), params.daysMin));
  const known = slopes.filter((slope) => slope !== null);
  if (known.length < 12) return { kind: "not_evaluated", reason: "no_cell_data" };
  const [lowest = 0, next = 0] = known.toSorted((a, b) => a - b);
  const cell = slopes.indexOf(lowest);
  const centre = median(known);
  const zScore = (lowest - centre) / robustSpread(known, params.slopeFloor);
  const isAlone = next - lowest >= params.gapShare * (centre - lowest);
  if (zScore > -params.z || !isAlone || !isSteady(series(cell), params)) return { kind: "none" };
  const points = levels.map((level, i): [Day, number | null] => [days[i]?.day ?? first, level[cell] ?? null]);
  const samples = days.reduce((n, profile) => n + profile.samples, 0);
  const standardError = 2 * slopeError(series(cell));
  return {
    kind: "leak",
    leak: { cell: cell + 1, slopeMvPerDay: lowest - centre, standardError, zScore, gap: next - lowest, points, samples },
  };
}

function slopeOf(points: [number, number][], least: number): number | null {
  return points.length < least ? null : linearRegression(points).m;
}

/** Whether the cell falls from part to part of the window, and enough in all. */
function isSteady(points: readonly [number, number][], { parts, partShare, fallMv }: LeakParams): boolean {
  const size = points.length / parts;
  const levels = Array.from({ length: parts }, (_, k) =>
    median(points.slice(Math.round(k * size), Math.round((k + 1) * size)).map(([, y]) => y)),
  );
  const fall = ((levels[0] ?? 0) - (levels.at(-1) ?? 0)) * (parts / (parts - 1));
  return fall >= fallMv && levels.every((level, k) => k === 0 || (levels[k - 1] ?? 0) - level >= partShare * fall);
}

/** Standard error of a least-squares slope. */
function slopeError(points: [number, number][]): number {
  const line = linearRegressionLine(linearRegression(points));
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const rss = points.reduce((sum, [x, y]) => sum + (y - line(x)) ** 2, 0);
  return Math.sqrt(rss / Math.max(1, n - 2) / sxx);
}
