import type { Queryable } from "@bellwether/postgres/open";
import { toTimestamp } from "../rows.ts";
import type { DeliveryFailure, OutboxState } from "./delivery.ts";

/**
 * Writes what became of attempts. While one statement is on its way, further results gather and go out together in the
 * next: a slow message holds up no other, and a thousand quick ones cost a few statements instead of a thousand.
 */

/** The attempt a result belongs to; a row whose lease has passed to another sender is left alone. */
export interface Attempt {
  readonly id: string;
  readonly attempts: number;
}

export interface Settled {
  readonly state: OutboxState;
  readonly failure: DeliveryFailure | null;
  readonly detail: string | null;
  readonly providerId: string | null;
  /** When the next attempt is due; null: as it was. */
  readonly dueAtMs: number | null;
  readonly finishedAtMs: number | null;
}

export interface Settler {
  /** Resolves when the result is written; rejects when PostgreSQL fails, and the lease brings the row back. */
  settle(attempt: Attempt, settled: Settled): Promise<void>;
}

interface Waiting extends Attempt, Settled {
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/** A settler for the leases of one sender. */
export function createSettler(db: Pick<Queryable, "execute">, leasedBy: string): Settler {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const drain = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        await write(db, leasedBy, batch);
        for (const { done } of batch) done();
      } catch (error) {
        for (const { fail } of batch) fail(error);
      }
    }
    isWriting = false;
  };
  return {
    settle: (attempt, settled) =>
      new Promise((done, fail) => {
        waiting.push({ id: attempt.id, attempts: attempt.attempts, ...settled, done, fail });
        if (!isWriting) queueMicrotask(() => isWriting || drain());
      }),
  };
}

async function write(db: Pick<Queryable, "execute">, leasedBy: string, batch: readonly Waiting[]): Promise<void> {
  await db.execute(
    `UPDATE outbox SET state = r.state, failure = r.failure, failure_detail = r.detail, provider_id = r.provider_id,
       due_at = coalesce(r.due_at, outbox.due_at), finished_at = r.finished_at, leased_until = NULL
     FROM unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])
       AS r (id, attempts, state, failure, detail, provider_id, due_at, finished_at)
     WHERE outbox.id = r.id AND outbox.attempts = r.attempts AND outbox.leased_by = $1`,
    [
      leasedBy,
      batch.map(({ id }) => id),
      batch.map(({ attempts }) => attempts),
      batch.map(({ state }) => state),
      batch.map(({ failure }) => failure),
      batch.map(({ detail }) => detail),
      batch.map(({ providerId }) => providerId),
      batch.map(({ dueAtMs }) => toTimestamp(dueAtMs)),
      batch.map(({ finishedAtMs }) => toTimestamp(finishedAtMs)),
    ],
  );
}
