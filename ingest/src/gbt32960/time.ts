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
    const { bytes, at } = cursor;
    if (cursor.skip(TIME_BYTES) === 0) return { out_of_range_raw: "" };
    return utcMsAt(bytes, at) ?? { out_of_range_raw: bytes.toString("hex", at, at + TIME_BYTES) };
  },
  write(writer, reading) {
    writer.bytes(timeBytes(reading));
  },
};

/** UTC milliseconds, or null for a date that does not exist (which year 0 counts as). */
export function utcMsAt(bytes: Buffer, at: number): number | null {
  const dayNumber = dayNumberOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0);
  const hour = bytes[at + 3] ?? 0;
  const minute = bytes[at + 4] ?? 0;
  const second = bytes[at + 5] ?? 0;
  if (dayNumber === null || hour > 23 || minute > 59 || second > 59) return null;
  return dayNumber * DAY_MS + (hour * 3600 + minute * 60 + second) * 1000 - BEIJING_AHEAD_MS;
}

/** Days since 1970, or null. From 2000 to 2099 every fourth year is a leap year. */
function dayNumberOf(year: number, month: number, day: number): number | null {
  const leapDay = year % 4 === 0 ? 1 : 0;
  const daysInMonth = (DAYS_IN_MONTH[month] ?? 0) + (month === 2 ? leapDay : 0);
  if (year < 1 || year > 99 || day < 1 || day > daysInMonth) return null;
  const dayOfYear = (DAYS_BEFORE_MONTH[month] ?? 0) + day - 1 + (month > 2 ? leapDay : 0);
  return DAYS_1970_TO_2000 + year * 365 + Math.ceil(year / 4) + dayOfYear;
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
