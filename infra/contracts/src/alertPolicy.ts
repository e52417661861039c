import type { Outcome } from "./alert.ts";
import { SEVERITIES, type Severity } from "./finding.ts";

/**
 * The part of the alert service's policy that a back-test needs as well, so that the alerts it counts are those an owner would have
 * got: what is worth telling, and when a fault that returns is not news.
 */

/** Event time within which a fault that returns continues its alert, unless a fleet configures another. */
export const ALERT_COOL_DOWN_DAYS = 14;

/** Position of a severity, least urgent first. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** Info is for the vehicle page only; from advice upwards the owner and the dealer are told and a lead is made. */
export function isWorthTelling(severity: Severity): boolean {
  return severityRank(severity) >= severityRank("advice");
}

/** Whether a sighting comes soon enough after an alert has closed to belong to it. */
export function isWithinCoolDown(closedAtMs: number, seenAtMs: number, coolDownMs: number): boolean {
  return seenAtMs - closedAtMs <= coolDownMs;
}

/** What a workshop's verdict makes of the alert: a fault that was really there is resolved, the rest is dismissed. */
export function stateAfterOutcome(outcome: Outcome): "resolved" | "dismissed" {
  return outcome === "no_fault_found" || outcome === "customer_declined" ? "dismissed" : "resolved";
}
