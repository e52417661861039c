import type { Day } from "../engine/days.ts";

/** One day of one vehicle that has to be computed. */
export interface VehicleDay {
  readonly vin: string;
  readonly day: Day;
}

/** SQL for the set of (vin, day) bound as `vins` and `days`, equally long. */
export const PAIRS_SQL =
  "(SELECT tupleElement(p, 1), tupleElement(p, 2) FROM (SELECT arrayJoin(arrayZip({vins:Array(String)}, {days:Array(Date)})) AS p))";

/** Bound parameters of `PAIRS_SQL`. */
export function pairParams(days: readonly VehicleDay[]): { vins: string[]; days: string[] } {
  return { vins: days.map((pair) => pair.vin), days: days.map((pair) => pair.day) };
}
