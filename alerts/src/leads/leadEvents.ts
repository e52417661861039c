import { randomUUID } from "node:crypto";
import type { LeadState } from "@bellwether/contracts/alert";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { enqueueJob } from "../delivery/outbox.ts";
import { isoColumn, toTimestamp } from "../rows.ts";

/** Everything that happens to a lead: one audit row, and a signed webhook to every system that asked. */

export const LEAD_EVENTS = [
  "offered",
  "updated",
  "accepted",
  "contacted",
  "booked",
  "in_service",
  "closed",
  "rerouted",
  "overdue",
] as const;
export type LeadEvent = (typeof LEAD_EVENTS)[number];

export interface LeadChange {
  readonly leadId: string;
  readonly alertId: string;
  readonly vin: string;
  readonly dealerId: string | null;
  readonly event: LeadEvent;
  readonly state: LeadState;
  readonly actor: string;
  readonly note: string;
  readonly atMs: number;
}

/** What the sender posts; `url` is where to. */
export const leadEventJobSchema = z.object({ url: z.string(), data: z.record(z.string(), z.unknown()) });

const seqRow = z.object({ seq: z.number() });
const targetRow = z.object({ id: z.string(), url: z.string() });

/** Writes the event and its webhooks in the transaction of the change. */
export async function recordLeadEvent(tx: Queryable, change: LeadChange): Promise<void> {
  const { leadId, alertId, vin, dealerId, event, state, actor, note, atMs } = change;
  const [row] = await tx.query(
    `INSERT INTO lead_events (lead_id, event, dealer_id, actor, note, at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING seq`,
    [leadId, event, dealerId, actor, note, toTimestamp(atMs)],
    seqRow,
  );
  const targets = await tx.query(
    "SELECT id, url FROM lead_webhooks WHERE ended_at IS NULL AND (dealer_id IS NULL OR dealer_id = $1) ORDER BY id",
    [dealerId],
    targetRow,
  );
  for (const { id, url } of targets) {
    const data = { leadId, alertId, vin, dealerId, event, state, at: new Date(atMs).toISOString() };
    const job = { id: `le-${row?.seq ?? 0}-${id}`, kind: "lead_event", thread: `${leadId}/${id}`, payload: { url, data } } as const;
    await enqueueJob(tx, { ...job, dueAtMs: atMs, isHeld: false });
  }
}

export interface NewLeadWebhook {
  readonly dealerId: string | null;
  readonly url: string;
  readonly actor: string;
}

const webhookRow = z.object({
  id: z.string(),
  dealerId: z.string().nullable(),
  url: z.string(),
  createdBy: z.string(),
  createdAt: isoColumn,
});
const WEBHOOK_COLUMNS = `id, dealer_id AS "dealerId", url, created_by AS "createdBy", created_at AS "createdAt"`;

export async function createLeadWebhook(db: Queryable, { dealerId, url, actor }: NewLeadWebhook, nowMs: number) {
  const rows = await db.query(
    `INSERT INTO lead_webhooks (id, dealer_id, url, created_by, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING ${WEBHOOK_COLUMNS}`,
    [`wh-${randomUUID().slice(0, 18)}`, dealerId, url, actor, toTimestamp(nowMs)],
    webhookRow,
  );
  return rows[0];
}

/** Webhooks in force. */
export function listLeadWebhooks(db: Queryable) {
  return db.query(`SELECT ${WEBHOOK_COLUMNS} FROM lead_webhooks WHERE ended_at IS NULL ORDER BY created_at, id`, [], webhookRow);
}

/** Ends a webhook; returns whether there was one. */
export async function endLeadWebhook(db: Queryable, id: string, nowMs: number): Promise<boolean> {
  return (await db.execute("UPDATE lead_webhooks SET ended_at = coalesce(ended_at, $2) WHERE id = $1", [id, toTimestamp(nowMs)])) > 0;
}
