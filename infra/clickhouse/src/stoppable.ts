import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClickHouseClient } from "@clickhouse/client";

/** A statement may not have begun when it is first told to end. */
const AGAIN_AFTER_MS = 100;

/** What `stoppable` adds to the statement's settings. */
type Mark = Readonly<Record<string, string>>;

/**
 * Runs a statement that ends when the signal fires: the engine is told to stop it, by a mark among its settings, and this rejects
 * once it has. Closing the connection would not do: a server goes on with what it was asked, and the engine in this
 * process has no connection.
 */
export async function stoppable<T>(client: ClickHouseClient, signal: AbortSignal | undefined, run: (mark: Mark) => Promise<T>): Promise<T> {
  if (signal === undefined) return run({});
  signal.throwIfAborted();
  const mark = randomUUID();
  const over = new AbortController();
  const onAbort = () => void endMarked(client, mark, over.signal);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const result = await run({ log_comment: mark });
    signal.throwIfAborted();
    return result;
  } finally {
    over.abort();
    signal.removeEventListener("abort", onAbort);
  }
}

/** Tells the engine until the statement is over; one that cannot be told runs to its end. */
async function endMarked(client: ClickHouseClient, mark: string, over: AbortSignal): Promise<void> {
  const query = "KILL QUERY WHERE Settings['log_comment'] = {mark:String} ASYNC";
  try {
    while (!over.aborted) {
      await client.command({ query, query_params: { mark } });
      await sleep(AGAIN_AFTER_MS, undefined, { signal: over });
    }
  } catch {
    // The wait was cut short because the statement is over, or the engine refuses: then the statement's own end is waited for.
  }
}
