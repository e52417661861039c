import { isWithinCoolDown, isWorthTelling, stateAfterOutcome } from "@bellwether/contracts/alertPolicy";
import type { Severity } from "@bellwether/contracts/finding";
import type { Firing, GroundTruth, JudgedFiring } from "../types.ts";

/** What turns firings into alerts. */
export interface Alerting {
  readonly severity: Severity;
  readonly coolDownDays: number;
}

/** A workshop's word on the vehicle and component, which ends the alert it finds. */
export type Visit = Pick<GroundTruth, "atMs" | "outcome">;

/** What the number of alerts rests on, for reports. */
export const ALERT_ASSUMPTIONS =
  "Alerts are this rule's alone: firings within the cool-down continue an alert, a visit ends it at the time of its label, whoever the visit was for. Not counted: findings of other rules on the same component, which would join or outlive the alert; critical alerts of other components, which keep their symptoms quiet; silences, owners' monthly limits and quiet hours, consent, and the control group.";

type Sighting = Pick<Firing, "knownMs" | "lastFiringMs">;

const DAY_MS = 86_400_000;

/**
 * The alerts one vehicle's owner would have got from a rule's firings: those of a rule concern one component, and a firing that becomes
 * known within the cool-down after the one before was last seen continues its alert without another message. A visit ends the alert:
 * what fires anew after a repair is news at once, after a visit that found nothing only when the cool-down is over. Firings and visits in
 * time order. The alert service's own policy, without what depends on other rules and people (`alerts/src/alert/backtestAlerts.test.ts`).
 */
export function countAlerts(firings: readonly Sighting[], { severity, coolDownDays }: Alerting, visits: readonly Visit[] = []): number {
  if (!isWorthTelling(severity)) return 0;
  return openings(firings, coolDownDays, visits).filter((isOpening) => isOpening).length;
}

/**
 * How many of the alerts these firings would make are false: those of which no firing was right and at least one was wrong. Whether
 * the severity is worth telling is not asked: what a false alert costs is wanted for rules that are only noted as well.
 */
export function countFalseAlerts(
  firings: readonly (Sighting & Pick<JudgedFiring, "verdict">)[],
  coolDownDays: number,
  visits: readonly Visit[] = [],
): number {
  let falseAlerts = 0;
  let isWrong = false;
  let isRight = false;
  const isOpening = openings(firings, coolDownDays, visits);
  firings.forEach(({ verdict }, i) => {
    if (isOpening[i] === true) {
      falseAlerts += isWrong && !isRight ? 1 : 0;
      isWrong = false;
      isRight = false;
    }
    isWrong ||= verdict === "false";
    isRight ||= verdict === "true" || verdict === "duplicate";
  });
  return falseAlerts + (isWrong && !isRight ? 1 : 0);
}

/** Per firing whether it opens an alert rather than continuing one, or being kept quiet by a visit that found nothing. */
function openings(firings: readonly Sighting[], coolDownDays: number, visits: readonly Visit[]): readonly boolean[] {
  let alert: { readonly openedMs: number; readonly endedBy: Visit | null } | null = null;
  let before: Sighting | undefined;
  return firings.map((firing) => {
    const endedBy: Visit | null = alert === null ? null : (alert.endedBy ?? firstVisit(visits, alert.openedMs, firing.knownMs));
    const isOpening = endedBy === null ? opensAlert(firing, before, coolDownDays) : isNewsAfter(endedBy, firing, coolDownDays);
    alert = isOpening || alert === null ? { openedMs: firing.knownMs, endedBy: null } : { ...alert, endedBy };
    before = firing;
    return isOpening;
  });
}

/** The first visit from the opening of an alert to before the next firing. */
function firstVisit(visits: readonly Visit[], fromMs: number, beforeMs: number): Visit | null {
  return visits.find(({ atMs }) => atMs >= fromMs && atMs < beforeMs) ?? null;
}

function isNewsAfter({ outcome, atMs }: Visit, { knownMs }: Sighting, coolDownDays: number): boolean {
  return stateAfterOutcome(outcome) === "resolved" || !isWithinCoolDown(atMs, knownMs, coolDownDays * DAY_MS);
}

/** Whether a firing opens an alert rather than continuing that of the firing before, where no visit was in between. */
export function opensAlert({ knownMs }: Sighting, before: Sighting | undefined, coolDownDays: number): boolean {
  return before === undefined || !isWithinCoolDown(before.lastFiringMs, knownMs, coolDownDays * DAY_MS);
}
