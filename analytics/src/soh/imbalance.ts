/**
 * The part of a pack's capacity that is lost because its cells stand at unlike states of charge: the fullest ends the charge, the
 * emptiest the drive. Balancing gives it back, so it is told apart from ageing (methods 1.3, 1.14; TWAICE had to redefine its number).
 */
import { median } from "simple-statistics";
import { robustSpread } from "../stats/robustSpread.ts";

/** Voltage by state of charge of a cell near the end of a charge, mV per %. */
const END_SLOPE_MV = { NCM: 9, LFP: 30 } as const;
const DAYS_MIN = 5;
/** The pack's own beginning. */
export const START_DAYS = 10;
/** What the boards alone do; below it nothing is said. */
const POINTS_MIN = 1;
const SIGNIFICANT_SDS = 3;
const SPREAD_FLOOR_MV = 2;

/**
 * Points of capacity lost to imbalance since the pack's own beginning, from highest minus lowest cell at the end of charges, mV by day:
 * of the first days, and of those whose charges the capacity comes from. 0 where it did not grow beyond doubt; null with fewer than five days at either end.
 */
export function imbalancePct(start: readonly number[], recent: readonly number[], chemistry: string): number | null {
  if (start.length < DAYS_MIN || recent.length < DAYS_MIN) return null;
  const grownMv = median([...recent]) - median([...start]);
  const doubtMv = Math.hypot(...[start, recent].map((days) => robustSpread(days, SPREAD_FLOOR_MV) / Math.sqrt(days.length)));
  const points = grownMv / END_SLOPE_MV[chemistry.toUpperCase() === "LFP" ? "LFP" : "NCM"];
  return points >= POINTS_MIN && grownMv >= SIGNIFICANT_SDS * doubtMv ? points : 0;
}
