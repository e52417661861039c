import type { Day } from "../engine/days.ts";

/** One day of one vehicle that has to be computed. */
export interface VehicleDay {
  readonly vin: string;
  readonly day: Day;
}

/** SQL for the set of (vin, day) bound as `vins` and `days`, equally long. */
export const PAIRS_SQL =
  "(SELECT tupleElement(p, 1), tupleElement(p, 2) FROM (SELECT arrayJoin(arrayZip({vins:Array(String)}, {days:Array(Date)})) AS p))";

/**
 * SQL condition that a row's (vin, day) is among the bound pairs, to stand beside the vehicles and the time range. Where
 * those alone say it, as on the usual evening when one day of many vehicles closes, it costs nothing (else 17 ms per 16,000 rows).
 */
export function isAmongSql(days: readonly VehicleDay[], daySql: string): string {
  const isOneDay = days.every((pair) => pair.day === days[0]?.day);
  return isOneDay ? "1" : `(vin, ${daySql}) IN ${PAIRS_SQL}`;
}

/** Bound parameters of `PAIRS_SQL`. */
export function pairParams(days: readonly VehicleDay[]): { vins: string[]; days: string[] } {
  return { vins: days.map((pair) => pair.vin), days: days.map((pair) => pair.day) };
}
