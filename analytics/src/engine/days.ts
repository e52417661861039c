/** A vehicle's day, YYYY-MM-DD in the fleet's zone (a fixed offset from UTC). */
export type Day = string;

const DAY_MS = 86_400_000;

/** The day an instant belongs to. */
export function dayOf(atMs: number, offsetMinutes: number): Day {
  return new Date(atMs + offsetMinutes * 60_000).toISOString().slice(0, 10);
}

/** First instant of the day, ms since 1970 UTC. */
export function dayStartMs(day: Day, offsetMinutes: number): number {
  return Date.parse(`${day}T00:00:00.000Z`) - offsetMinutes * 60_000;
}

/** First instant after the day. */
export function dayEndMs(day: Day, offsetMinutes: number): number {
  return dayStartMs(day, offsetMinutes) + DAY_MS;
}

/** `days` later (or earlier, when negative). */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00.000Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Whole days from `from` to `to`. */
export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** The Monday of the day's week. */
export function mondayOf(day: Day): Day {
  return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
}
