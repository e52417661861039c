import { labelSchema, type NotifyReason } from "@bellwether/contracts/alert";
import type { Severity } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import type { z } from "zod";
import type { DeliveryPlan } from "../owners/deliveryPlan.ts";
import { planFor } from "../owners/preferences.ts";
import { OPERATOR, type Recipient } from "../routing/route.ts";
import { toTimestamp } from "../rows.ts";
import type { CancelReason } from "./delivery.ts";
import type { Message } from "./message.ts";

/** Rows that follow a commit: written in the transaction that decided them, taken by the sender afterwards. */

/** What a message to an owner rests on; a digest gathers messages of one purpose. */
export const MESSAGE_PURPOSES = ["service", "care"] as const;
export type MessagePurpose = (typeof MESSAGE_PURPOSES)[number];

export interface NewNotification {
  readonly id: string;
  /** Null: care, which belongs to no alert. */
  readonly alertId: string | null;
  readonly vin: string;
  /** The consent it rests on. Default: `service`. */
  readonly purpose?: MessagePurpose;
  readonly severity: Severity;
  readonly recipient: Omit<Recipient, "reason"> & { readonly reason: Exclude<NotifyReason, "none"> };
  readonly message: Message;
  readonly decidedAtMs: number;
  readonly nowMs: number;
}

/**
 * Writes a message and its job; the same id twice is one message. An owner's message leaves when the owner's wishes
 * allow it; one that may not leave at all becomes the operator's record.
 */
export async function enqueueNotification(tx: Queryable, entry: NewNotification): Promise<void> {
  const { id, alertId, recipient, nowMs } = entry;
  const isToOwner = recipient.audience === "owner" && recipient.withheldReason === null;
  const plan: DeliveryPlan = isToOwner ? await planMessage(tx, entry) : { kind: "now", passed: [] };
  const isSafety = isToOwner && entry.severity === "critical";
  if (isSafety && alertId !== null) await cancelPending(tx, alertId, "superseded", nowMs, true);
  await insertNotification(tx, entry, plan);
  const dueAtMs = plan.kind === "later" || plan.kind === "digest" ? plan.atMs : nowMs;
  // Danger waits for no earlier message that is being retried.
  const thread = `${alertId ?? `${entry.vin}/care`}/${recipient.audience}${isSafety ? "/safety" : ""}`;
  await enqueueJob(tx, { id, kind: "notification", thread, payload: {}, dueAtMs, isHeld: plan.kind === "digest" });
}

function planMessage(tx: Queryable, { id, alertId, vin, severity, recipient, decidedAtMs, nowMs }: NewNotification): Promise<DeliveryPlan> {
  const { reason, timeZone } = recipient;
  return planFor(tx, { id, alertId, vin, severity, reason, timeZone, decidedAtMs, nowMs });
}

async function insertNotification(tx: Queryable, entry: NewNotification, plan: DeliveryPlan): Promise<void> {
  const { recipient, message } = entry;
  const { channel, address } = plan.kind === "withheld" ? OPERATOR : recipient;
  const passed = [...(recipient.passed === undefined ? [] : [recipient.passed]), ...(plan.kind === "now" ? plan.passed : [])];
  await tx.execute(
    `INSERT INTO notifications (id, alert_id, vin, dealer_id, audience, reason, severity, channel, address, language, title, body,
       withheld_reason, consent_text_version, passed, decided_at, created_at, purpose)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) ON CONFLICT (id) DO NOTHING`,
    [
      entry.id,
      entry.alertId,
      entry.vin,
      recipient.dealerId,
      recipient.audience,
      recipient.reason,
      entry.severity,
      channel,
      address,
      recipient.language,
      message.title,
      message.body,
      plan.kind === "withheld" ? plan.reason : recipient.withheldReason,
      recipient.consentTextVersion,
      passed.join(" "),
      toTimestamp(entry.decidedAtMs),
      toTimestamp(entry.nowMs),
      entry.purpose ?? "service",
    ],
  );
}

/**
 * Takes back what an owner has not been sent: only messages no sender has tried, with `isWaiting` only those that
 * wait for a later hour. Returns how many.
 */
export function cancelPending(tx: Queryable, alertId: string, why: CancelReason, nowMs: number, isWaiting = false): Promise<number> {
  return tx.execute(
    `UPDATE outbox SET state = 'cancelled', failure_detail = $2, finished_at = $3
     WHERE state = 'due' AND attempts = 0 AND (NOT $4 OR due_at > $3)
       AND id IN (SELECT id FROM notifications WHERE alert_id = $1 AND audience = 'owner' AND withheld_reason IS NULL)`,
    [alertId, why, toTimestamp(nowMs), isWaiting],
  );
}

export const labelJobSchema = labelSchema;
export type LabelJob = z.infer<typeof labelJobSchema>;

/** Writes the job that brings a label to the column store, so that a store that is down cannot lose it. */
export async function enqueueLabel(tx: Queryable, label: LabelJob, nowMs: number): Promise<void> {
  await enqueueJob(tx, {
    id: label.id,
    kind: "label",
    thread: `${label.alertId ?? label.vin}/label`,
    payload: label,
    dueAtMs: nowMs,
    isHeld: false,
  });
}

interface NewJob {
  readonly id: string;
  readonly kind: "notification" | "label" | "lead_event";
  readonly thread: string;
  readonly payload: object;
  readonly dueAtMs: number;
  readonly isHeld: boolean;
}

/** Writes a job in the transaction that decided it; the same id twice is one job. */
export async function enqueueJob(tx: Queryable, job: NewJob): Promise<void> {
  await tx.execute(
    `INSERT INTO outbox (id, kind, thread, payload, due_at, held) VALUES ($1, $2, $3, $4::jsonb, $5, $6) ON CONFLICT (id) DO NOTHING`,
    [job.id, job.kind, job.thread, JSON.stringify(job.payload), toTimestamp(job.dueAtMs), job.isHeld],
  );
}
