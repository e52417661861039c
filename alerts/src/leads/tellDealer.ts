import type { Queryable } from "@bellwether/postgres/open";
import { type AdviceCatalogue, adviceFor } from "../advice.ts";
import type { AlertSnapshot } from "../alert/alertState.ts";
import { findWorstFinding } from "../alert/alertStore.ts";
import { type MessageLimits, renderMessage } from "../delivery/message.ts";
import { enqueueNotification } from "../delivery/outbox.ts";
import { notificationIdOf } from "../identity/identity.ts";
import { findDealer } from "../routing/people.ts";
import { actByMs } from "../routing/policy.ts";
import { route } from "../routing/route.ts";
import { limitDates } from "./limitDates.ts";

export interface TellDealerDeps {
  readonly advice: AdviceCatalogue;
  readonly limitsOf: (channel: string) => MessageLimits;
}

/** Writes the first message of a lead to a dealer who gets it from another. */
export async function tellDealer(
  tx: Queryable,
  alert: AlertSnapshot,
  dealerId: string,
  nowMs: number,
  { advice, limitsOf }: TellDealerDeps,
): Promise<void> {
  const dealer = await findDealer(tx, dealerId);
  const finding = await findWorstFinding(tx, alert.id);
  if (dealer === null || finding === null) return;
  const told = { owner: false, dealer: false, ownerWithheld: true };
  const texts = adviceFor(finding, advice);
  const due = actByMs(alert.severity, alert.openedAtMs, texts.actWithinDays, limitDates(finding.evidence));
  for (const recipient of route({ reason: "first", severity: alert.severity, owner: null, dealer, told })) {
    const { audience, reason, language, timeZone, channel } = recipient;
    const about = { finding, advice: texts, severity: alert.severity, actByMs: due, odometerKm: null, coolDownDays: 0 };
    const message = renderMessage({ audience, reason, language, timeZone, ...about }, limitsOf(channel));
    const id = notificationIdOf({ alertId: alert.id, audience: `dealer:${dealerId}`, reason, decidedAtMs: nowMs });
    await enqueueNotification(tx, {
      id,
      alertId: alert.id,
      vin: alert.vin,
      severity: alert.severity,
      recipient,
      message,
      decidedAtMs: nowMs,
      nowMs,
    });
  }
}
