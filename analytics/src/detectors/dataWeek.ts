import { addDays, type Day } from "../engine/days.ts";

/** Monday of the day's week. */
export function dataWeek(day: Day): Day {
  return addDays(day, -((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
}
