import { countTail } from "../stats/countTail.ts";

/** Vehicles below which a coincidence of findings stays a coincidence. */
const VEHICLES_MIN = 10;
/** Chance at which so many in one day are no coincidence. */
const CHANCE_MAX = 1e-6;
/** Findings of one detector per vehicle-year that are usual at least: the owners' alarm budget (methods 4.6). */
const USUAL_PER_YEAR = 0.05;
const RATE_DAYS = 28;

/** What one detector found in one group of vehicles on one day. */
export interface Openings {
  /** Vehicles in which it opened that day. */
  readonly vehicles: number;
  /** Vehicles in which it had opened in the 28 days before. */
  readonly before: number;
  readonly groupSize: number;
}

export interface CommonCause {
  readonly expected: number;
  readonly pValue: number;
}

/**
 * Whether a detector's findings of one day have one cause for all (software, data, season) rather than one each: more vehicles than
 * chance gives at the group's own rate, or at the budgeted one where that is higher (methods A15). Null: they stand for themselves.
 */
export function commonCauseOf({ vehicles, before, groupSize }: Openings): CommonCause | null {
  if (vehicles < VEHICLES_MIN) return null;
  const expected = Math.max(before / RATE_DAYS, (groupSize * USUAL_PER_YEAR) / 365.25);
  const pValue = countTail(vehicles, expected);
  return pValue <= CHANCE_MAX ? { expected, pValue } : null;
}
