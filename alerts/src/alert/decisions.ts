import { type Label, LEAD_STATES, type LeadState, type Outcome } from "@bellwether/contracts/alert";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { enqueueLabel } from "../delivery/outbox.ts";
import { labelIdOf } from "../identity/identity.ts";
import { recordLeadEvent } from "../leads/leadEvents.ts";
import { type LockedLead, lockLead } from "../leads/leads.ts";
import type { WorkDone } from "../leads/leadWork.ts";
import { planFollowUps } from "../outcomes/followUps.ts";
import { toTimestamp } from "../rows.ts";
import { type AlertEvent, type AlertSnapshot, nextState } from "./alertState.ts";
import { lockAlert, recordTransition, saveDecision } from "./alertStore.ts";
import { withdraw } from "./withdrawal.ts";

/** What people decide: acknowledge, dismiss, accept, close. Each is one transaction with its audit row. */

export interface Decision {
  readonly actor: string;
  readonly note: string;
  readonly nowMs: number;
}

/** `conflict`: the alert or lead is in a state that does not allow it. `done` also when it had been decided the same way. */
export type DecisionResult = "done" | "not_found" | "conflict";

export function acknowledgeAlert(db: Pick<Postgres, "transaction">, alertId: string, decision: Decision): Promise<DecisionResult> {
  return db.transaction(async (tx) => {
    const alert = await lockAlert(tx, alertId);
    if (alert === null) return "not_found";
    if (alert.state === "acknowledged") return "done";
    return apply(tx, alert, { kind: "acknowledge" }, decision);
  });
}

/** Ends an alert as a false alarm; the same fault stays quiet for the cool-down. */
export function dismissAlert(db: Pick<Postgres, "transaction">, alertId: string, decision: Decision): Promise<DecisionResult> {
  return db.transaction(async (tx) => {
    const alert = await lockAlert(tx, alertId);
    if (alert === null) return "not_found";
    if (alert.state === "dismissed") return "done";
    return apply(tx, alert, { kind: "dismiss", atMs: decision.nowMs }, decision);
  });
}

export function acceptLead(db: Pick<Postgres, "transaction">, leadId: string, decision: Decision): Promise<DecisionResult> {
  return db.transaction(async (tx) => {
    const found = await lockLeadWithAlert(tx, leadId);
    if (found === null) return "not_found";
    const { lead, alert } = found;
    if (lead.state === "closed") return "conflict";
    if (lead.state !== "offered") return "done";
    await tx.execute("UPDATE leads SET state = 'accepted', accepted_at = $2 WHERE id = $1", [leadId, toTimestamp(decision.nowMs)]);
    await tellOfChange(tx, lead, "accepted", decision);
    if (alert.state === "open") await apply(tx, alert, { kind: "acknowledge" }, decision);
    return "done";
  });
}

export const PROGRESS_STATES = ["contacted", "booked", "in_service"] as const;
export type ProgressState = (typeof PROGRESS_STATES)[number];

/** Moves a lead forward; steps may be left out, and going back is a conflict. A dealer that reports progress has accepted. */
export function progressLead(
  db: Pick<Postgres, "transaction">,
  leadId: string,
  { state, bookedForMs, ...decision }: Decision & { readonly state: ProgressState; readonly bookedForMs: number | null },
): Promise<DecisionResult> {
  return db.transaction(async (tx) => {
    const found = await lockLeadWithAlert(tx, leadId);
    if (found === null) return "not_found";
    const { lead, alert } = found;
    if (lead.state === state && bookedForMs === null) return "done";
    if (LEAD_STATES.indexOf(lead.state) > LEAD_STATES.indexOf(state)) return "conflict";
    await tx.execute(
      `UPDATE leads SET state = $2, ${state}_at = coalesce(${state}_at, $3), accepted_at = coalesce(accepted_at, $3),
         booked_for = coalesce($4, booked_for) WHERE id = $1`,
      [leadId, state, toTimestamp(decision.nowMs), toTimestamp(bookedForMs)],
    );
    await tellOfChange(tx, lead, state, decision);
    if (alert.state === "open") await apply(tx, alert, { kind: "acknowledge" }, decision);
    return "done";
  });
}

function tellOfChange(
  tx: Queryable,
  lead: LockedLead,
  state: Exclude<LeadState, "offered">,
  { actor, note, nowMs }: Decision,
): Promise<void> {
  const { id: leadId, alert_id: alertId, vin, dealer_id: dealerId } = lead;
  return recordLeadEvent(tx, { leadId, alertId, vin, dealerId, event: state, state, actor, note, atMs: nowMs });
}

/** What a workshop found, and what the visit took where it says so. */
interface Verdict {
  readonly outcome: Outcome;
  readonly work?: WorkDone;
}

/** Closes a lead with what was found, ends its alert accordingly, and queues a label for each source of its findings. */
export function closeLead(
  db: Pick<Postgres, "transaction">,
  leadId: string,
  { outcome, work, ...decision }: Decision & Verdict,
): Promise<DecisionResult> {
  return db.transaction(async (tx) => {
    const found = await lockLeadWithAlert(tx, leadId);
    if (found === null) return "not_found";
    const { lead, alert } = found;
    if (lead.state === "closed") return lead.outcome === outcome ? "done" : "conflict";
    await closeLeadOf(tx, leadId, { ...decision, outcome, ...(work === undefined ? {} : { work }) });
    await closeAlert(tx, alert, outcome, decision);
    return "done";
  });
}

/** Writes the verdict into a lead that is still open; null: there is none. */
export async function closeLeadOf(tx: Queryable, leadId: string | null, decision: Decision & Verdict): Promise<void> {
  const lead = leadId === null ? null : await lockLead(tx, leadId);
  if (lead === null) return;
  await tx.execute(
    `UPDATE leads SET state = 'closed', closed_at = $2, outcome = $3, note = $4, parts_used = $5, operations_done = $6 WHERE id = $1`,
    [
      lead.id,
      toTimestamp(decision.nowMs),
      decision.outcome,
      decision.note,
      decision.work?.partsUsed ?? null,
      decision.work?.operationsDone ?? null,
    ],
  );
  await tellOfChange(tx, lead, "closed", decision);
}

/** Ends an alert with a workshop's verdict: a label per source, what is unsent taken back, who was told hears the end. */
export async function closeAlert(
  tx: Queryable,
  alert: AlertSnapshot,
  outcome: Outcome,
  decision: Decision & { readonly visitedAtMs?: number },
): Promise<void> {
  const event = { kind: "close", outcome, atMs: decision.nowMs } as const;
  const isOwnerTold = nextState(alert, event, { coolDownMs: 0 }).reason === "withdrawn";
  await apply(tx, alert, event, decision);
  await withdraw(tx, alert, { outcome, nowMs: decision.nowMs, isOwnerTold });
  if (outcome !== "customer_declined") await planFollowUps(tx, alert, decision.visitedAtMs ?? decision.nowMs);
  for (const label of await labelsOf(tx, alert, outcome, decision)) await enqueueLabel(tx, label, decision.nowMs);
}

/** Locks the alert before its lead, in the order of the pipeline, so that the two never wait for each other. */
async function lockLeadWithAlert(tx: Queryable, leadId: string): Promise<{ lead: LockedLead; alert: AlertSnapshot } | null> {
  const rows = await tx.query("SELECT alert_id FROM leads WHERE id = $1", [leadId], z.object({ alert_id: z.string() }));
  const alert = rows[0] === undefined ? null : await lockAlert(tx, rows[0].alert_id);
  const lead = await lockLead(tx, leadId);
  return alert === null || lead === null ? null : { lead, alert };
}

async function apply(tx: Queryable, alert: AlertSnapshot, event: AlertEvent, decision: Decision): Promise<DecisionResult> {
  const next = nextState(alert, event, { coolDownMs: 0 });
  if (next.action === "ignored") return "conflict";
  await saveDecision(tx, next.alert);
  await recordTransition(tx, {
    alert: next.alert,
    action: next.action,
    reason: next.reason,
    fromState: alert.state,
    findingId: null,
    actor: decision.actor,
    note: decision.note,
    decidedAtMs: decision.nowMs,
  });
  return "done";
}

const sourceRow = z.object({ source_id: z.string() });

async function labelsOf(tx: Queryable, alert: AlertSnapshot, outcome: Outcome, decision: Decision): Promise<readonly Label[]> {
  const sources = await tx.query(
    "SELECT DISTINCT finding #>> '{source,id}' AS source_id FROM alert_findings WHERE alert_id = $1 ORDER BY 1",
    [alert.id],
    sourceRow,
  );
  return sources.map(({ source_id }) => ({
    id: labelIdOf({ alertId: alert.id, sourceId: source_id }),
    vin: alert.vin,
    component: alert.component,
    outcome,
    alertId: alert.id,
    sourceId: source_id,
    givenBy: decision.actor,
    at: new Date(decision.nowMs).toISOString(),
    note: decision.note,
  }));
}
