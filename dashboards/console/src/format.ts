import { language } from "./language.ts";

const locale = () => (language.value === "zh" ? "zh-CN" : "en-GB");

/** A number with at most `digits` decimals and its unit; a dash for null. */
export function number(value: number | null | undefined, unit = "", digits = 0): string {
  if (value === null || value === undefined) return "–";
  const text = new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
  return unit === "" ? text : `${text} ${unit}`;
}

/** A count that fits a tile: whole below a million, "1.05M" or "105万" above. */
export function count(value: number): string {
  const isLong = value >= 1_000_000;
  return new Intl.NumberFormat(locale(), isLong ? { notation: "compact", maximumFractionDigits: 2 } : {}).format(value);
}

export function date(iso: string | null | undefined): string {
  if (!iso) return "–";
  return new Intl.DateTimeFormat(locale(), { year: "numeric", month: "short", day: "numeric" }).format(new Date(iso));
}

export function dateTime(iso: string | null | undefined): string {
  if (!iso) return "–";
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

/** "80.9–83.8", or nothing where an end is not known. */
export function span(low: number | null, high: number | null): string {
  return low === null || high === null ? "" : `${number(low, "", 1)}–${number(high, "", 1)}`;
}

/** "82.4 % (80.9–83.8)". */
export function interval(value: number | null, low: number | null, high: number | null, unit: string): string {
  if (value === null) return "–";
  const between = span(low, high);
  return between === "" ? number(value, unit, 1) : `${number(value, unit, 1)} (${between})`;
}

/** "14 Nov" on axes; `ms` since 1970. */
export function shortDay(ms: number): string {
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short" }).format(new Date(ms));
}

/** "14:05" on axes; `ms` since 1970. */
export function clock(ms: number): string {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(new Date(ms));
}

/** "Mar 2027": the month that lies `months` after the day. */
export function month(day: string, months: number): string {
  const at = new Date(day);
  at.setUTCMonth(at.getUTCMonth() + months);
  return new Intl.DateTimeFormat(locale(), { year: "numeric", month: "short" }).format(at);
}
