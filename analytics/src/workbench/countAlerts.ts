import { isWithinCoolDown, isWorthTelling } from "@bellwether/contracts/alertPolicy";
import type { Severity } from "@bellwether/contracts/finding";
import type { Firing } from "./types.ts";

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
  return firings.filter(({ knownMs }, i) => {
    const before = firings[i - 1];
    return before === undefined || !isWithinCoolDown(before.lastFiringMs, knownMs, coolDownDays * DAY_MS);
  }).length;
}
