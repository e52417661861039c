import type { NotifyReason } from "@bellwether/contracts/alert";
import type { Severity } from "@bellwether/contracts/finding";
import { DateTime } from "luxon";
import { MESSAGES_PER_MONTH } from "../routing/policy.ts";

/** When an owner's message leaves, pure. Safety messages leave at once, whatever was asked for. */

export interface OwnerPreferences {
  /** Minutes after local midnight; both or neither. A window may pass midnight. */
  readonly quietFromMin: number | null;
  readonly quietToMin: number | null;
  readonly maxPerMonth: number | null;
  /** Messages that can wait are gathered and leave once a day at this minute. */
  readonly digestAtMin: number | null;
}

export interface PlanInput {
  readonly severity: Severity;
  readonly reason: Exclude<NotifyReason, "none">;
  readonly timeZone: string;
  readonly nowMs: number;
  readonly preferences: OwnerPreferences | null;
  /** Messages of this calendar month that counted. */
  readonly sentThisMonth: number;
  readonly snoozedUntilMs: number | null;
}

export type DeliveryPlan =
  | { readonly kind: "now"; readonly passed: readonly string[] }
  | { readonly kind: "later"; readonly atMs: number }
  | { readonly kind: "digest"; readonly atMs: number }
  | { readonly kind: "withheld"; readonly reason: "monthly_cap" | "snoozed" };

const NO_PREFERENCES: OwnerPreferences = { quietFromMin: null, quietToMin: null, maxPerMonth: null, digestAtMin: null };

/** Good news does not use up the month, nor does what gathers messages that were counted. */
export const COUNTED_REASONS = ["first", "escalated", "reminder", "care"] as const;

export function planDelivery(input: PlanInput): DeliveryPlan {
  const { severity, reason, timeZone, nowMs, sentThisMonth, snoozedUntilMs } = input;
  const preferences = input.preferences ?? NO_PREFERENCES;
  const quietEndMs = quietEnd(nowMs, timeZone, preferences);
  const isSnoozed = snoozedUntilMs !== null && snoozedUntilMs > nowMs;
  const isCounted = COUNTED_REASONS.some((counted) => counted === reason);
  const isOverCap = isCounted && sentThisMonth >= (preferences.maxPerMonth ?? MESSAGES_PER_MONTH);
  if (severity === "critical") {
    const passed = { quiet_hours: quietEndMs !== null, snoozed: isSnoozed, monthly_cap: isOverCap };
    return { kind: "now", passed: Object.entries(passed).flatMap(([rule, was]) => (was ? [rule] : [])) };
  }
  if (isSnoozed && isCounted) return { kind: "withheld", reason: "snoozed" };
  if (isOverCap) return { kind: "withheld", reason: "monthly_cap" };
  if (preferences.digestAtMin !== null && isCounted) return { kind: "digest", atMs: nextAt(nowMs, timeZone, preferences.digestAtMin) };
  return quietEndMs === null ? { kind: "now", passed: [] } : { kind: "later", atMs: quietEndMs };
}

/** First and last moment of the calendar month a time lies in, in the owner's zone: `[from, to)`. */
export function monthOf(atMs: number, timeZone: string): { fromMs: number; toMs: number } {
  const month = localTime(atMs, timeZone).startOf("month");
  return { fromMs: month.toMillis(), toMs: month.plus({ months: 1 }).toMillis() };
}

/** When the quiet hours a time lies in are over; null when it lies in none. */
function quietEnd(atMs: number, timeZone: string, { quietFromMin, quietToMin }: OwnerPreferences): number | null {
  if (quietFromMin === null || quietToMin === null || quietFromMin === quietToMin) return null;
  const local = localTime(atMs, timeZone);
  const minute = local.hour * 60 + local.minute;
  const passesMidnight = quietFromMin > quietToMin;
  const isQuiet = passesMidnight ? minute >= quietFromMin || minute < quietToMin : minute >= quietFromMin && minute < quietToMin;
  return isQuiet ? nextAt(atMs, timeZone, quietToMin) : null;
}

/** The next time the clock on the wall shows a minute of the day; where a spring night leaves that minute out, the one after the gap. */
function nextAt(atMs: number, timeZone: string, minuteOfDay: number): number {
  const local = localTime(atMs, timeZone);
  const set = { hour: Math.floor(minuteOfDay / 60), minute: minuteOfDay % 60 };
  const today = local.startOf("day").set(set);
  return (today > local ? today : local.plus({ days: 1 }).startOf("day").set(set)).toMillis();
}

/** A zone nobody knows is read as UTC: a message late at night beats none. */
function localTime(atMs: number, timeZone: string): DateTime {
  const local = DateTime.fromMillis(atMs, { zone: timeZone });
  return local.isValid ? local : DateTime.fromMillis(atMs, { zone: "utc" });
}
