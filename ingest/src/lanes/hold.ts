import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";

/** The right to write one partition: this process's until somebody claims it later, or until it is let go. */
export interface Hold {
  /** Throws `fenced` when the partition is somebody else's by now. */
  check(): Promise<void>;
  /** The same, but an answer that is not older than a second or so will do; for the moment before an insert. */
  checkAgain(): Promise<void>;
  /** Gives the right up: nothing more of this partition is written. */
  letGo(reason: BellwetherError): void;
  /** Aborted once the right is lost. */
  readonly signal: AbortSignal;
}

export interface Epochs {
  /** Takes the partition: whoever held it before is refused from now on. */
  claim(topic: string, partition: number): Promise<Hold>;
}

const TABLE = "ingest_epochs";

const HOLDER_SQL = `
SELECT epoch, owner FROM ${TABLE}
WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16}
ORDER BY epoch DESC, owner DESC LIMIT 1`;

/** How old the answer that the partition is ours may be when something is inserted. */
const ANSWER_MS_MAX = 1_000;
const CHECKS_MAX = 3;

const holderRow = z.object({ epoch: z.coerce.number(), owner: z.string() });

/**
 * Fences writers that have lost a partition without noticing (stalled, paused past the session time-out).
 *
 * A writer announces a block's range in the ledger, then checks its epoch, then inserts. A new owner claims, then reads the
 * ledger. So either the old writer's check comes after the claim, and it stops; or its announcement came before the claim,
 * and the new owner rebuilds that very range with that very token. A process may stall between its check and its insert, or retry the
 * insert for minutes: an answer is good for ANSWER_MS_MAX only, also the one that was long on its way, and is asked for again right before
 * every insert. What is left is a stall in the milliseconds between that and the statement's arrival: then both insert the same range,
 * and the token keeps it once as long as it is among the table's last 10,000 blocks. Two claims of one epoch are ordered by the owners' names.
 */
export function createEpochs({ store, owner, now }: { store: ColumnStore; owner: string; now: () => number }): Epochs {
  async function holderOf(topic: string, partition: number): Promise<z.infer<typeof holderRow> | undefined> {
    const [holder] = await store.query(HOLDER_SQL, holderRow, { params: { topic, partition } });
    return holder;
  }

  return {
    async claim(topic, partition) {
      const epoch = ((await holderOf(topic, partition))?.epoch ?? 0) + 1;
      const row = { log_topic: topic, log_partition: partition, epoch, owner, claimed_at: new Date(now()).toISOString() };
      await store.insertRows(TABLE, [row], { token: `${topic}:${partition}:${epoch}:${owner}` });
      const lost = new AbortController();
      let askedMs = Number.NEGATIVE_INFINITY;
      /** By the moment the answer was asked for: what it says may have changed since. */
      const isRecent = () => now() - askedMs <= ANSWER_MS_MAX;
      async function check(): Promise<void> {
        // A slow store answers late every time; after a few tries its answer has to do.
        for (let tries = 0; tries === 0 || (tries < CHECKS_MAX && !isRecent()); tries++) {
          lost.signal.throwIfAborted();
          askedMs = now();
          const holder = await holderOf(topic, partition);
          if (holder?.epoch !== epoch || holder.owner !== owner) lost.abort(fenced(topic, partition, { epoch, now: holder?.epoch ?? 0 }));
          lost.signal.throwIfAborted();
        }
      }
      return {
        signal: lost.signal,
        letGo: (reason) => lost.abort(reason),
        check,
        checkAgain: async () => (isRecent() ? lost.signal.throwIfAborted() : check()),
      };
    },
  };
}

function fenced(topic: string, partition: number, { epoch, now }: { epoch: number; now: number }): BellwetherError {
  return new BellwetherError(
    "fenced",
    `${topic} partition ${partition}: expected to hold it in epoch ${epoch}, it is held in epoch ${now}`,
    {
      retryable: false,
    },
  );
}
