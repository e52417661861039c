import { addDays, type Day } from "../../engine/days.ts";
import type { CellDay } from "../../features/cellDaily.ts";
import { type DayProfile, profileOfDay } from "../abnormalCell/profile.ts";

/** Rows a day needs before its means count (as in the abnormal-cell detector). */
const SAMPLES_MIN = 20;
const NOTHING_EXCLUDED: ReadonlySet<number> = new Set();

/** Usable days of a vehicle with as many cells as on its last one, oldest first, none older than `since`. */
export function cellHistory(cellDays: readonly CellDay[], since: Day): DayProfile[] {
  const cells = cellDays.at(-1)?.cells ?? 0;
  const byDay = new Map<Day, CellDay[]>();
  for (const row of cellDays) if (row.cells === cells && row.day >= since) byDay.set(row.day, [...(byDay.get(row.day) ?? []), row]);
  return [...byDay.values()]
    .filter((rows) => rows.reduce((n, row) => n + row.samples, 0) >= SAMPLES_MIN)
    .map((rows) => profileOfDay(rows, NOTHING_EXCLUDED));
}

/** The profiles of the last `days` days up to `today`. */
export function recentOf(history: readonly DayProfile[], today: Day, days: number): DayProfile[] {
  const oldest = addDays(today, -days);
  return history.filter(({ day }) => day > oldest);
}
