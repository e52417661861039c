import { labelSchema } from "@bellwether/contracts/alert";
import type { Queryable } from "@bellwether/postgres/open";
import type { z } from "zod";
import type { Message } from "./message.ts";
import type { Recipient } from "./route.ts";
import { toTimestamp } from "./rows.ts";

/** Rows that follow a commit: written in the transaction that decided them, taken by the sender afterwards. */

export interface NewNotification {
  readonly id: string;
  readonly alertId: string;
  readonly vin: string;
  readonly severity: string;
  readonly recipient: Recipient;
  readonly message: Message;
  readonly decidedAtMs: number;
  readonly nowMs: number;
}

/** Writes a message and its job; the same id twice is one message. */
export async function enqueueNotification(tx: Queryable, entry: NewNotification): Promise<void> {
  const { recipient, message } = entry;
  await tx.execute(
    `INSERT INTO notifications (id, alert_id, vin, dealer_id, audience, reason, severity, channel, address, language, title, body,
       withheld_reason, consent_text_version, decided_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (id) DO NOTHING`,
    [
      entry.id,
      entry.alertId,
      entry.vin,
      recipient.dealerId,
      recipient.audience,
      recipient.reason,
      entry.severity,
      recipient.channel,
      recipient.address,
      recipient.language,
      message.title,
      message.body,
      recipient.withheldReason,
      recipient.consentTextVersion,
      toTimestamp(entry.decidedAtMs),
      toTimestamp(entry.nowMs),
    ],
  );
  await enqueue(tx, {
    id: entry.id,
    kind: "notification",
    thread: `${entry.alertId}/${recipient.audience}`,
    payload: {},
    nowMs: entry.nowMs,
  });
}

export const labelJobSchema = labelSchema;
export type LabelJob = z.infer<typeof labelJobSchema>;

/** Writes the job that brings a label to the column store, so that a store that is down cannot lose it. */
export async function enqueueLabel(tx: Queryable, label: LabelJob, nowMs: number): Promise<void> {
  await enqueue(tx, { id: label.id, kind: "label", thread: `${label.alertId ?? label.vin}/label`, payload: label, nowMs });
}

interface NewJob {
  readonly id: string;
  readonly kind: "notification" | "label";
  readonly thread: string;
  readonly payload: object;
  readonly nowMs: number;
}

async function enqueue(tx: Queryable, job: NewJob): Promise<void> {
  await tx.execute(
    `INSERT INTO outbox (id, kind, thread, payload, due_at) VALUES ($1, $2, $3, $4::jsonb, $5) ON CONFLICT (id) DO NOTHING`,
    [job.id, job.kind, job.thread, JSON.stringify(job.payload), toTimestamp(job.nowMs)],
  );
}
