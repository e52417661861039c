import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { RunPlan } from "./plan.ts";

/**
 * Intentions as the pipeline writes them: the message and its outbox row in one transaction, the row's id the
 * idempotency key. Some transactions are rolled back; nothing of those may ever be sent.
 */

const ROWS_PER_TRANSACTION = 20_000;
const ALERT = "campaign";

export async function prepareAlert(db: Queryable): Promise<void> {
  await db.execute(
    `INSERT INTO alerts (id, vin, component, severity, state, opened_at, last_seen_at, occurrences, title, title_zh)
     VALUES ($1, 'CAMPAIGN', 'battery', 'warning', 'open', now(), now(), 1, '', '') ON CONFLICT DO NOTHING`,
    [ALERT],
  );
}

/** Where the n-th intention goes: half to a receiver that keeps keys, half to one that ignores them. */
export interface Addresses {
  /** Channel and address by `n % addresses.length`. */
  readonly targets: readonly (readonly [channel: string, address: string])[];
}

export class RolledBack extends Error {}

type Transact = { transaction<T>(run: (tx: Queryable) => Promise<T>): Promise<T> };

/** Writes all intentions of a run; every fifth transaction is first done and rolled back with ids of its own. */
export async function writeIntentions(db: Transact, { run, intentions }: RunPlan, { targets }: Addresses): Promise<void> {
  for (let from = 0, part = 0; from < intentions; from += ROWS_PER_TRANSACTION, part++) {
    const to = Math.min(intentions, from + ROWS_PER_TRANSACTION);
    if (part % 5 === 0) await rollBack(db, `x${run}`, from, Math.min(to, from + 200), targets);
    await db.transaction((tx) => insert(tx, `i${run}`, from, to, targets));
  }
}

async function rollBack(db: Transact, prefix: string, from: number, to: number, targets: Addresses["targets"]): Promise<void> {
  const undone = db.transaction(async (tx) => {
    await insert(tx, prefix, from, to, targets);
    throw new RolledBack();
  });
  await undone.catch((error: unknown) => {
    if (!(error instanceof RolledBack)) throw error;
  });
}

async function insert(tx: Queryable, prefix: string, from: number, to: number, targets: Addresses["targets"]): Promise<void> {
  const channels = targets.map(([channel]) => channel);
  const addresses = targets.map(([, address]) => address);
  await tx.execute(
    `INSERT INTO notifications (id, alert_id, vin, audience, reason, severity, channel, address, language, title, body, decided_at, created_at)
     SELECT $1 || '-' || n, '${ALERT}', 'CAMPAIGN', 'dealer', 'first', 'warning', ($4::text[])[1 + n % $6], ($5::text[])[1 + n % $6],
       'en', 'campaign', $1 || '-' || n, now(), now()
     FROM generate_series($2::int, $3::int - 1) AS n`,
    [prefix, from, to, channels, addresses, targets.length],
  );
  await tx.execute(
    `INSERT INTO outbox (id, kind, thread, due_at)
     SELECT $1 || '-' || n, 'notification', $1 || '/' || n, now() FROM generate_series($2::int, $3::int - 1) AS n`,
    [prefix, from, to],
  );
}

const statesRow = z.object({ due: z.number(), sent: z.number(), dead: z.number() });

/** How the run's rows stand. */
export async function readStates(db: Queryable, { run }: RunPlan): Promise<z.infer<typeof statesRow>> {
  const [states] = await db.query(
    `SELECT count(*) FILTER (WHERE state = 'due')::int AS due, count(*) FILTER (WHERE state = 'sent')::int AS sent,
       count(*) FILTER (WHERE state = 'dead')::int AS dead FROM outbox WHERE id LIKE $1`,
    [`i${run}-%`],
    statesRow,
  );
  return states ?? { due: 0, sent: 0, dead: 0 };
}

/** Whether anything of a run is still due; one look at an index. */
export async function isAnythingDue(db: Queryable): Promise<boolean> {
  return (await db.query("SELECT 1 AS one FROM outbox WHERE state = 'due' LIMIT 1", [], z.unknown())).length > 0;
}
