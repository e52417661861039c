import { isWithinCoolDown, isWorthTelling } from "@bellwether/contracts/alertPolicy";
import type { Severity } from "@bellwether/contracts/finding";
import type { Firing, JudgedFiring } from "./types.ts";

/** What turns firings into alerts. */
export interface Alerting {
  readonly severity: Severity;
  readonly coolDownDays: number;
}

const DAY_MS = 86_400_000;

/**
 * The alerts one vehicle's owner would have got from a rule's firings, in time order: those of a rule concern one component, and a
 * firing that becomes known within the cool-down after the one before was last seen continues its alert without another message.
 * The alert service's own policy, without what depends on other rules and people: inhibition, silences, repairs and the control group.
 */
export function countAlerts(firings: readonly Pick<Firing, "knownMs" | "lastFiringMs">[], { severity, coolDownDays }: Alerting): number {
  if (!isWorthTelling(severity)) return 0;
  return firings.filter((firing, i) => opensAlert(firing, firings[i - 1], coolDownDays)).length;
}

/**
 * How many of the alerts these firings would make are false: those of which no firing was right and at least one was wrong. Whether
 * the severity is worth telling is not asked: what a false alert costs is wanted for rules that are only noted as well.
 */
export function countFalseAlerts(
  firings: readonly Pick<JudgedFiring, "knownMs" | "lastFiringMs" | "verdict">[],
  coolDownDays: number,
): number {
  let falseAlerts = 0;
  let isWrong = false;
  let isRight = false;
  firings.forEach((firing, i) => {
    if (opensAlert(firing, firings[i - 1], coolDownDays)) {
      falseAlerts += isWrong && !isRight ? 1 : 0;
      isWrong = false;
      isRight = false;
    }
    isWrong ||= firing.verdict === "false";
    isRight ||= firing.verdict === "true" || firing.verdict === "duplicate";
  });
  return falseAlerts + (isWrong && !isRight ? 1 : 0);
}

type Sighting = Pick<Firing, "knownMs" | "lastFiringMs">;

/** Whether a firing opens an alert rather than continuing that of the firing before. */
export function opensAlert({ knownMs }: Sighting, before: Sighting | undefined, coolDownDays: number): boolean {
  return before === undefined || !isWithinCoolDown(before.lastFiringMs, knownMs, coolDownDays * DAY_MS);
}
