import type { ColumnStore } from "@bellwether/clickhouse/store";
import { AUDIENCES, LANGUAGES, type Label } from "@bellwether/contracts/alert";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Postgres } from "@bellwether/postgres/open";
import { z } from "zod";
import type { Channel, Outgoing } from "./channels/channel.ts";
import { postSigned, type WebhookChannelOptions } from "./channels/webhook.ts";
import type { Delivery, DeliveryFailure, OutboxState } from "./delivery.ts";
import { leadEventJobSchema } from "./leads/leadEvents.ts";
import { fitBody, fitText } from "./message.ts";
import { labelJobSchema, MESSAGE_PURPOSES } from "./outbox.ts";
import { type LinkOptions, linkLines, OWNER_ACTIONS, type OwnerAction } from "./owners/actionLinks.ts";
import { toTimestamp } from "./rows.ts";
import { createSettler, type Settler } from "./settler.ts";

/**
 * Delivers what the outbox holds, at least once and with an idempotency key. Any number of senders may run:
 * a row is leased with SKIP LOCKED; a sender that dies loses its lease, and the row returns.
 */

export interface SenderOptions {
  readonly batch: number;
  readonly leaseMs: number;
  /** Attempts before a row is dead; a dead row stays visible with its reason. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly timeoutMs: number;
}

export interface SenderDeps {
  readonly db: Pick<Postgres, "query" | "execute" | "transaction">;
  readonly store: Pick<ColumnStore, "insertRows">;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly options: SenderOptions;
  /** How links in an owner's message are made; null: without links. */
  readonly links?: LinkOptions | null;
  /** How webhooks about leads are signed; null: they are not set up. */
  readonly webhooks?: WebhookChannelOptions | null;
  /** Name of this sender, unique among replicas. */
  readonly name: string;
  readonly now: () => number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of every settled attempt, for the counters. */
  readonly onSettled?: (attempt: { kind: string; channel: string; state: OutboxState; failure: DeliveryFailure | null }) => void;
}

const jobRow = z.object({
  id: z.string(),
  kind: z.enum(["notification", "label", "lead_event"]),
  attempts: z.number(),
  payload: z.unknown(),
  alert_id: z.string().nullable(),
  vin: z.string().nullable(),
  audience: z.enum(AUDIENCES).nullable(),
  reason: z.string().nullable(),
  purpose: z.enum(MESSAGE_PURPOSES).nullable(),
  severity: z.string().nullable(),
  channel: z.string().nullable(),
  address: z.string().nullable(),
  language: z.enum(LANGUAGES).nullable(),
  title: z.string().nullable(),
  body: z.string().nullable(),
  withheld_reason: z.string().nullable(),
  /** The owner has taken back the consent the message rests on. */
  opted_out: z.boolean(),
});
type Job = z.infer<typeof jobRow>;

/** Takes one batch of due rows and attempts each once. Returns how many were attempted; 0 means that nothing is due. */
export async function sendDue(deps: SenderDeps, signal: AbortSignal): Promise<number> {
  const jobs = await claim(deps);
  const settler = createSettler(deps.db, deps.name);
  await Promise.all(jobs.map((job) => attempt(job, deps, settler, signal)));
  return jobs.length;
}

/**
 * Leases due rows. Attempts are counted here, so that a message that kills its sender ends as dead too. Of one
 * thread only the oldest due row is taken: "back to normal" never overtakes the warning it belongs to.
 */
function claim({ db, options, name, now }: SenderDeps): Promise<readonly Job[]> {
  const nowMs = now();
  return db.transaction(async (tx) => {
    await tx.execute(IN_INDEX_ORDER);
    return tx.query(
      `WITH picked AS MATERIALIZED (
         SELECT id FROM outbox WHERE state = 'due' AND NOT held AND due_at <= $1 AND (leased_until IS NULL OR leased_until <= $1)
           AND seq = (SELECT first.seq FROM outbox first WHERE first.thread = outbox.thread AND first.state = 'due' ORDER BY first.seq LIMIT 1)
         ORDER BY due_at, seq LIMIT $4 FOR UPDATE SKIP LOCKED),
       taken AS (
         UPDATE outbox SET leased_until = $2, leased_by = $3, attempts = attempts + 1 FROM picked WHERE outbox.id = picked.id
         RETURNING outbox.id, kind, attempts, payload, seq)
       SELECT taken.id, kind, attempts, payload, alert_id, vin, audience, reason, purpose, severity, channel, address, language, title, body,
         withheld_reason,
         coalesce(audience = 'owner' AND severity <> 'critical' AND notifications.consent_text_version IS NOT NULL
           AND NOT CASE WHEN purpose = 'care'
             THEN coalesce((SELECT given FROM consents WHERE consents.vin = notifications.vin AND consents.purpose = 'care' ORDER BY at DESC, seq DESC LIMIT 1), false)
             ELSE EXISTS (SELECT 1 FROM vehicle_contacts c WHERE c.vin = notifications.vin AND c.consent) END, false) AS opted_out
       FROM taken LEFT JOIN notifications ON notifications.id = taken.id ORDER BY taken.seq`,
      [toTimestamp(nowMs), toTimestamp(nowMs + options.leaseMs), name, options.batch],
      jobRow,
    );
  });
}

/**
 * A batch is the front of the index `outbox_due`, read in its order. Statistics of a table that fills and empties this
 * fast are always old, and with them PostgreSQL sorted all that is due for every batch: 2.7 s instead of 60 ms at 200,000 rows.
 */
const IN_INDEX_ORDER =
  "SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off";

async function attempt(job: Job, deps: SenderDeps, settler: Settler, signal: AbortSignal): Promise<void> {
  if (job.opted_out) return cancel(job, deps, settler);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(deps.options.timeoutMs)]);
  const delivery = job.attempts > deps.options.attempts ? EXHAUSTED : await deliver(job, deps, limit);
  // Told to stop in the middle: whether it arrived is not known. The lease runs out and the row is tried again.
  if (signal.aborted && delivery.kind === "failed") return;
  const state = await settle(job, delivery, deps, settler);
  const failure = delivery.kind === "failed" ? delivery.reason : null;
  deps.onSettled?.({ kind: job.kind, channel: job.channel ?? job.kind, state, failure });
}

/** The last look before sending: consent may have gone between the intention and now. */
async function cancel(job: Job, { now, onSettled }: SenderDeps, settler: Settler): Promise<void> {
  const nowMs = now();
  await settler.settle(job, {
    state: "cancelled",
    failure: null,
    detail: "opted_out",
    providerId: null,
    dueAtMs: null,
    finishedAtMs: nowMs,
  });
  onSettled?.({ kind: job.kind, channel: job.channel ?? job.kind, state: "cancelled", failure: null });
}

/** A row whose senders all died before they could say how it went. */
const EXHAUSTED: Delivery = {
  kind: "failed",
  retryable: false,
  reason: "timeout",
  detail: "every sender of this message ended before it was done",
};

async function deliver(job: Job, deps: SenderDeps, signal: AbortSignal): Promise<Delivery> {
  const { channels, store } = deps;
  if (job.kind === "lead_event") return postLeadEvent(job, deps, signal);
  if (job.kind === "label") return writeLabel(labelJobSchema.parse(job.payload), store);
  const channel = channels.get(job.channel ?? "");
  if (channel === undefined) {
    return { kind: "failed", retryable: false, reason: "channel_disabled", detail: `channel ${job.channel ?? "none"} is not set up` };
  }
  const { id, alert_id, vin, audience, reason, severity, address, language, withheld_reason } = job;
  return channel.send(
    {
      id,
      alertId: alert_id ?? "",
      vin: vin ?? "",
      audience: audience ?? "owner",
      reason: reason ?? "",
      severity: severity ?? "",
      address: address ?? "",
      language: language ?? "en",
      ...fitted(job, channel, deps),
      withheldReason: withheld_reason,
    },
    signal,
  );
}

async function postLeadEvent(job: Job, { webhooks = null }: SenderDeps, signal: AbortSignal): Promise<Delivery> {
  if (webhooks === null) return { kind: "failed", retryable: false, reason: "channel_disabled", detail: "webhooks are not set up" };
  const { url, data } = leadEventJobSchema.parse(job.payload);
  return postSigned({ address: url, id: job.id, type: "bellwether.lead", data, signal }, webhooks);
}

const LINKED_REASONS: readonly (string | null)[] = ["first", "escalated", "reminder", "digest", "care"];

/** The text within the channel's limits. Links are made here and nowhere kept: only the owner's message has them. */
function fitted(job: Job, { limits }: Channel, { links, now }: SenderDeps): Pick<Outgoing, "title" | "body"> {
  const isLinked = job.audience === "owner" && job.withheld_reason === null && job.channel !== "log" && LINKED_REASONS.includes(job.reason);
  const about = { id: job.id, actions: actionsOf(job), language: job.language ?? "en" };
  const tail = isLinked && links != null ? linkLines(about, links, now()).map((line) => `\n${line}`) : [];
  // A short channel keeps the text and as many links, the most useful first, as fit into half of it.
  const kept = tail.filter((_, i) => tail.slice(0, i + 1).join("").length <= limits.bodyChars / 2).join("");
  return {
    title: fitText(job.title ?? "", limits.titleChars),
    body: `${fitBody(job.body ?? "", limits.bodyChars - [...kept].length)}${kept}`,
  };
}

/** After "stop driving" there is nothing to put off or to stop; care is not booked through a lead. */
function actionsOf({ severity, purpose, reason }: Job): readonly OwnerAction[] {
  if (purpose === "care") return reason === "care" ? ["done", "stop"] : ["stop"];
  return severity === "critical" ? ["book", "done"] : OWNER_ACTIONS;
}

async function writeLabel(label: Label, store: SenderDeps["store"]): Promise<Delivery> {
  const row = {
    id: label.id,
    vin: label.vin,
    component: label.component,
    outcome: label.outcome,
    alert_id: label.alertId,
    source_id: label.sourceId,
    given_by: label.givenBy,
    at: label.at,
    note: label.note,
    revision: Date.parse(label.at),
  };
  try {
    await store.insertRows("labels", [row], { token: `label-${label.id}-${row.revision}` });
    return { kind: "sent", providerId: `labels:${label.id}` };
  } catch (error) {
    if (!(error instanceof BellwetherError)) throw error;
    return { kind: "failed", retryable: true, reason: "store_unavailable", detail: error.code };
  }
}

/** Writes how it went, unless the lease has passed to another sender meanwhile. */
async function settle(job: Job, delivery: Delivery, deps: SenderDeps, settler: Settler): Promise<OutboxState> {
  const { options, now, random } = deps;
  const nowMs = now();
  if (delivery.kind === "sent") {
    const { providerId } = delivery;
    await settler.settle(job, { state: "sent", failure: null, detail: null, providerId, dueAtMs: null, finishedAtMs: nowMs });
    return "sent";
  }
  const isOver = !delivery.retryable || job.attempts >= options.attempts;
  const waitMs = Math.floor(random() * Math.min(options.maxMs, options.baseMs * 2 ** (job.attempts - 1)));
  // The copy first: a crash in between repeats the attempt, and the copy's id makes the second one nothing.
  if (isOver) await fallBack(job, deps);
  await settler.settle(job, {
    state: isOver ? "dead" : "due",
    failure: delivery.reason,
    detail: delivery.detail,
    providerId: null,
    dueAtMs: nowMs + waitMs,
    finishedAtMs: isOver ? nowMs : null,
  });
  return isOver ? "dead" : "due";
}

/** An owner's message that could not be delivered goes out once more on the owner's second channel. */
async function fallBack({ id, kind, audience, withheld_reason }: Job, { db, now }: SenderDeps): Promise<void> {
  if (kind !== "notification" || audience !== "owner" || withheld_reason !== null || id.endsWith(FALLBACK)) return;
  await db.execute(
    `WITH copy AS (
       INSERT INTO notifications (id, alert_id, vin, dealer_id, audience, reason, severity, channel, address, language, title, body,
         consent_text_version, passed, decided_at, created_at, purpose)
       SELECT n.id || $2, alert_id, n.vin, dealer_id, audience, reason, severity, fallback_channel, fallback_address, language, title, body,
         consent_text_version, passed, decided_at, $3, purpose
       FROM notifications n JOIN owner_preferences p ON p.vin = n.vin WHERE n.id = $1 AND fallback_channel IS NOT NULL
       ON CONFLICT (id) DO NOTHING RETURNING id, alert_id, vin)
     INSERT INTO outbox (id, kind, thread, due_at) SELECT id, 'notification', coalesce(alert_id, vin || '/care') || '/owner', $3 FROM copy`,
    [id, FALLBACK, toTimestamp(now())],
  );
}

/** Ends the id of a copy for the second channel. */
const FALLBACK = "-fb";
