/** The six time bytes: year since 2000, month, day, hour, minute, second, always Beijing time. */
import type { Codec } from "./fields.ts";

const BEIJING_AHEAD_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;
export const TIME_BYTES = 6;

/** An impossible date: the standard knows no sentinel for time, so the frame is bad. */
export interface BadTime {
  readonly out_of_range_raw: string;
}
/** Milliseconds since 1970 UTC. */
export type FrameTime = number | BadTime;

const DAYS_BEFORE_MONTH = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334] as const;
const DAYS_IN_MONTH = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
const DAYS_1970_TO_2000 = 10_957;

export const TIME: Codec<FrameTime> = {
  read(cursor) {
    const raw = cursor.take(TIME_BYTES);
    return utcMsOf(raw) ?? { out_of_range_raw: raw.toString("hex") };
  },
  write(writer, reading) {
    writer.bytes(timeBytes(reading));
  },
};

/** UTC milliseconds, or null for a date that does not exist (which year 0 counts as). */
function utcMsOf(raw: Uint8Array): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = raw;
  if (year < 1 || year > 99 || hour > 23 || minute > 59 || second > 59) return null;
  const isLeap = year % 4 === 0;
  const days = (DAYS_IN_MONTH[month] ?? 0) + (isLeap && month === 2 ? 1 : 0);
  if (day < 1 || day > days) return null;
  // Every fourth year from 2000 to 2099 is a leap year.
  const dayOfYear = (DAYS_BEFORE_MONTH[month] ?? 0) + day - 1 + (isLeap && month > 2 ? 1 : 0);
  const dayNumber = DAYS_1970_TO_2000 + year * 365 + Math.ceil(year / 4) + dayOfYear;
  return dayNumber * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000 - BEIJING_AHEAD_MS;
}

/** The six bytes of a time; whole seconds, 2001 to 2099. */
export function timeBytes(time: FrameTime): Buffer {
  if (typeof time !== "number") return Buffer.from(time.out_of_range_raw, "hex");
  const beijing = new Date(time + BEIJING_AHEAD_MS);
  return Buffer.from([
    beijing.getUTCFullYear() - 2000,
    beijing.getUTCMonth() + 1,
    beijing.getUTCDate(),
    beijing.getUTCHours(),
    beijing.getUTCMinutes(),
    beijing.getUTCSeconds(),
  ]);
}

/** ISO text without the milliseconds a frame cannot carry. */
export function isoSeconds(utcMs: number): string {
  return `${new Date(utcMs).toISOString().slice(0, 19)}Z`;
}
