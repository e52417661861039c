import type { Outcome } from "@bellwether/contracts/alert";
import { severityRank } from "@bellwether/contracts/alertPolicy";
import type { Severity } from "@bellwether/contracts/finding";
import type { LimitDates } from "../leads/limitDates.ts";

/** What the alert service thinks is worth a person's time. Every such decision is a function in this file, or in contracts/alertPolicy where back-tests make it, too. */

const DAY_MS = 86_400_000;

/** Days within which the car should be seen, by severity. */
const ACT_WITHIN_DAYS: Readonly<Record<Severity, number>> = { info: 90, advice: 30, warning: 7, critical: 0 };

export function worseOf(a: Severity, b: Severity): Severity {
  return severityRank(a) >= severityRank(b) ? a : b;
}

/**
 * Whether somebody told about `told` must hear that it is now `now`. Only "stop driving" is worth a second message:
 * the step from advice to warning moves the lead's date, which the dealer sees, and does not ring the owner again.
 */
export function isWorthTellingAgain(told: Severity, now: Severity): boolean {
  return now === "critical" && told !== "critical";
}

/**
 * Whether the owner hears that the signal is back to normal. Never after "stop driving": a value that
 * returned by itself does not make the car safe, the workshop does.
 */
export function isWorthAllClear(severity: Severity): boolean {
  return severity !== "critical";
}

/**
 * The latest time by which the car should be seen, in ms since 1970 UTC: what the source's text tells the owner
 * (`actWithinDays`), by severity where it does not say; not after the limit may be reached, but with a day's notice. Critical is
 * now, whatever the text was written for.
 */
export function actByMs(
  severity: Severity,
  decidedAtMs: number,
  actWithinDays: number | undefined,
  limit: LimitDates | null = null,
): number {
  if (severity === "critical") return decidedAtMs;
  const saidMs = decidedAtMs + (actWithinDays ?? ACT_WITHIN_DAYS[severity]) * DAY_MS;
  return limit === null ? saidMs : Math.min(saidMs, Math.max(decidedAtMs + DAY_MS, limit.earliestMs));
}

/** Whether an owner who was told hears how the visit ended; who declined it knows. */
export function isWorthWithdrawing(outcome: Outcome): boolean {
  return outcome !== "customer_declined";
}

/** When the one reminder is due: at half of the time left when the lead was made, or three days before the date, whichever is later. */
export function remindAtMs(offeredAtMs: number, actBy: number): number {
  return Math.max(offeredAtMs + (actBy - offeredAtMs) / 2, actBy - 3 * DAY_MS);
}

/** Messages a month that are not about safety, for an owner who has not said otherwise. */
export const MESSAGES_PER_MONTH = 4;
