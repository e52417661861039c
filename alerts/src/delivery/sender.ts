import type { Postgres } from "@bellwether/postgres/open";
import { toTimestamp } from "../rows.ts";
import { type Claimant, type ClaimOptions, claimDue, type Job } from "./claim.ts";
import { type Destinations, deliver } from "./deliver.ts";
import type { Delivery, DeliveryFailure, OutboxState } from "./delivery.ts";
import { createSettler, type Settler } from "./settler.ts";

/**
 * Delivers what the outbox holds, at least once and with an idempotency key. Any number of senders may run:
 * a row is leased with SKIP LOCKED; a sender that dies loses its lease, and the row returns.
 */

export interface SenderOptions extends ClaimOptions {
  /** Attempts before a row is dead; a dead row stays visible with its reason. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly maxMs: number;
  readonly timeoutMs: number;
}

export interface SenderDeps extends Destinations, Claimant {
  readonly db: Pick<Postgres, "query" | "execute" | "transaction">;
  readonly options: SenderOptions;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of every settled attempt, for the counters. */
  readonly onSettled?: (attempt: { kind: string; channel: string; state: OutboxState; failure: DeliveryFailure | null }) => void;
}

/** Takes one batch of due rows and attempts each once. Returns how many were attempted; 0 means that nothing is due. */
export async function sendDue(deps: SenderDeps, signal: AbortSignal): Promise<number> {
  const jobs = await claimDue(deps);
  const settler = createSettler(deps.db, deps.name);
  await Promise.all(jobs.map((job) => attempt(job, deps, settler, signal)));
  return jobs.length;
}

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
