import { orderStatistic } from "../../stats/orderStatistic.ts";
import type { AbnormalCellParams, CellMeasure, Tier } from "./params.ts";
import { type DayProfile, weightedMean } from "./profile.ts";
import { difference, medianOf, neighbourView, type PerCell, packView } from "./views.ts";

/** The vehicle's usable days as the tests read them. */
export interface History {
  /** Oldest first, the day under evaluation last. */
  readonly recent: readonly DayProfile[];
  /** Median of the first usable days per cell; null before there are enough days. */
  readonly baselineMv: PerCell | null;
}

/**
 * One number per cell and recent unit (day, or pool of days for resistance), newest last, negative = suspicious.
 * Empty when the measure cannot be taken yet.
 */
export function measureSeries(measure: CellMeasure, history: History, params: AbnormalCellParams): PerCell[] {
  switch (measure) {
    case "level":
      return history.recent.map((p) => p.levelMv);
    case "change": {
      const baseline = history.baselineMv;
      return baseline === null ? [] : history.recent.map((p) => difference(p.levelMv, baseline));
    }
    case "resistance":
      return pools(history.recent, params.resistancePoolDays).map((pool) => pooledResistance(pool).map((r) => (r === null ? null : -r)));
    case "scatter":
      return history.recent.map((p) => p.scatterMv.map((sd) => (sd === null ? null : -Math.log(Math.max(params.scatterFloorMv, sd)))));
  }
}

/** The series as the tier looks at it: against neighbours, or the milder of that and against the pack. */
export function viewOf(values: PerCell, view: Tier["view"], neighbours: number): PerCell {
  const beside = neighbourView(values, neighbours);
  if (view === "neighbours") return beside;
  const pack = packView(values);
  return values.map((_, i) => milder(beside[i] ?? null, pack[i] ?? null));
}

/** Per cell, the `required`-th lowest of the last `window` units: past the threshold on at least `required` of them. */
export function persistent(units: readonly PerCell[], tier: Tier): PerCell {
  const recent = units.slice(-tier.window);
  return (recent[0] ?? []).map((_, i) =>
    orderStatistic(
      recent.map((u) => u[i] ?? null).filter((x) => x !== null),
      tier.required,
    ),
  );
}

/** Median per cell over profiles. */
export function medianLevel(profiles: readonly DayProfile[]): PerCell {
  return (profiles[0]?.levelMv ?? []).map((_, i) => medianOf(profiles.map((p) => p.levelMv[i] ?? null)));
}

function pooledResistance(pool: readonly DayProfile[]): PerCell {
  return (pool[0]?.resistanceMohm ?? []).map((_, i) => weightedMean(pool.map((p) => [p.resistanceMohm[i] ?? null, p.currentInformation])));
}

/** Whole pools counted back from the newest day, so that the newest day is always used. */
function pools(profiles: readonly DayProfile[], size: number): DayProfile[][] {
  const count = Math.floor(profiles.length / size);
  const start = profiles.length - count * size;
  return Array.from({ length: count }, (_, k) => profiles.slice(start + k * size, start + (k + 1) * size));
}

function milder(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}
