import { isWorthTelling, severityRank } from "@bellwether/contracts/alertPolicy";
import type { Queryable } from "@bellwether/postgres/open";
import { recordTransition, saveAlert, saveFinding } from "../alert/alertStore.ts";
import { enqueueNotification } from "../delivery/outbox.ts";
import { notificationIdOf } from "../identity/identity.ts";
import { acceptByMs } from "../leads/leadClock.ts";
import { offerLead } from "../leads/leads.ts";
import { limitDates } from "../leads/limitDates.ts";
import { recordDraw } from "../proof/trialStore.ts";
import { actByMs } from "../routing/policy.ts";
import type { StageDeps } from "./deps.ts";
import type { Rendered } from "./render.ts";

/** Writes everything the decision means; the caller's transaction makes it all or nothing. */
export async function enqueue(tx: Queryable, rendered: Rendered, deps: StageDeps): Promise<void> {
  const { after, before, finding, mark, advice, reason } = rendered;
  const isOpening = rendered.action === "opened";
  const isWorst = isOpening || before === null || severityRank(after.severity) > severityRank(before.severity);
  await saveAlert(tx, after, isWorst ? advice.title : null);
  await saveFinding(tx, after.id, finding);
  if (rendered.draw !== null) {
    const unit = { vin: after.vin, component: after.component, alertId: after.id, drawnAtMs: mark.lastSeenMs };
    await recordDraw(tx, { ...unit, ruleId: finding.source.id, ruleVersion: finding.source.version }, rendered.draw, deps.holdout);
  }
  if (rendered.action !== "seen" || reason !== "none") await audit(tx, rendered);
  const isLeadDue = isHeard(rendered) && (reason === "first" || (isWorst && isWorthTelling(after.severity)));
  if (isLeadDue) await offer(tx, rendered, deps);
  for (const { recipient, message } of rendered.messages) {
    const id = notificationIdOf({
      alertId: after.id,
      audience: recipient.audience,
      reason: recipient.reason,
      decidedAtMs: mark.lastSeenMs,
    });
    const what = { id, alertId: after.id, vin: after.vin, severity: after.severity, recipient, message };
    await enqueueNotification(tx, { ...what, decidedAtMs: mark.lastSeenMs, nowMs: deps.now() });
  }
}

/** Offers the alert's lead: to the owner's dealer, else to the best of the region, else to whoever the owner names later. */
async function offer(
  tx: Queryable,
  { after, finding, mark, advice, dealerId, region, odometerKm }: Rendered,
  deps: StageDeps,
): Promise<void> {
  const { id: alertId, vin, component, severity } = after;
  const nowMs = deps.now();
  await offerLead(tx, {
    ...{ alertId, vin, component, severity, dealerId, region, odometerKm, advice, nowMs },
    actByMs: actByMs(severity, mark.lastSeenMs, advice.actWithinDays, limitDates(finding.evidence)),
    offeredAtMs: mark.lastSeenMs,
    acceptByMs: acceptByMs(severity === "critical", nowMs, deps.acceptance),
  });
}

/** Whether nothing keeps the decision quiet; a lead that exists already is kept up to date all the same. */
function isHeard({ suppressedBy, after }: Rendered): boolean {
  if (after.heldOut) return false;
  return suppressedBy === null || after.notifiedSeverity !== null;
}

async function audit(tx: Queryable, { after, before, action, reason, finding, mark, recipients, suppressedBy }: Rendered): Promise<void> {
  const withheld = recipients.find((recipient) => recipient.withheldReason !== null)?.withheldReason ?? suppressedBy;
  await recordTransition(tx, {
    alert: after,
    action,
    reason,
    fromState: action === "opened" ? null : (before?.state ?? null),
    findingId: finding.id,
    actor: `${finding.source.kind}:${finding.source.id}@${finding.source.version}`,
    note: withheld === null || after.severity === "critical" ? "" : `owner not told: ${withheld}`,
    decidedAtMs: mark.lastSeenMs,
  });
}
