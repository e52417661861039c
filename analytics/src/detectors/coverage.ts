import { addDays } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import type { VehicleView } from "./detector.ts";

/** Shares that have to be seen: detectors need this much, forecasts more (methods 0.2, item 7). */
const DETECTOR_COVERAGE = 0.6;
export const FORECAST_COVERAGE = 0.8;
const WINDOW_DAYS = 7;

/** What of the way, or of the charge, reports close enough together saw. */
type CoverageKind = "driving" | "charging";
export type CoverageProblem = "driving_coverage_low" | "charging_coverage_low";

const SUMS = {
  driving: { seen: "distanceSeenKm", all: "distanceKm", problem: "driving_coverage_low" },
  charging: { seen: "chargeSeenPct", all: "chargePct", problem: "charging_coverage_low" },
} as const;

/** Share of the days' way or charge that was seen; null where there was nothing to see. */
export function coverageOf(days: readonly DayFeatures[], kind: CoverageKind): number | null {
  const sum = (name: string) => days.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  const all = sum(SUMS[kind].all);
  return all > 0 ? Math.min(1, sum(SUMS[kind].seen) / all) : null;
}

/** Which coverage is too low, if one is; what there was nothing of is not missing. */
export function coverageProblem(days: readonly DayFeatures[], kind: CoverageKind, least = DETECTOR_COVERAGE): CoverageProblem | null {
  const share = coverageOf(days, kind);
  return share !== null && share < least ? SUMS[kind].problem : null;
}

/** The same over the seven days that end with the view's: on a Monday the calendar's week would be a single day. */
export function lowCoverage(view: VehicleView, kind: CoverageKind, least = DETECTOR_COVERAGE): CoverageProblem | null {
  const since = addDays(view.day, 1 - WINDOW_DAYS);
  const days = (view.series.daily["quality"] ?? []).filter(({ day }) => day >= since && day <= view.day);
  return coverageProblem(days, kind, least);
}
