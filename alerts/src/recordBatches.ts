import { setTimeout as delay } from "node:timers/promises";
import { DEAD_LETTER_HEADERS, TOPICS } from "@bellwether/contracts/topics";
import type { LogRecord, RecordBatch, RecordLog, Subscription } from "@bellwether/runtime/log/records";

/** What every reader of a topic does with its records: one after the other, committed every few, bad ones parked. */

const RECORDS_PER_COMMIT = 50;
const LOOK_MS = 20;

type BatchHandler = (batch: RecordBatch, subscription: Subscription) => Promise<void>;

/** Handles each record on its own; offsets follow every few records, so a crash repeats a few at most. */
export function oneByOne(handle: (record: LogRecord) => Promise<void>, stopping: AbortSignal): BatchHandler {
  return async (batch, subscription) => {
    let committed = batch.records[0]?.offset ?? 0;
    let next = committed;
    for (const record of batch.records) {
      try {
        await handle(record);
      } catch (error) {
        if (stopping.aborted) break;
        throw error;
      }
      next = record.offset + 1;
      if (next - committed < RECORDS_PER_COMMIT) continue;
      await subscription.commit(batch.topic, batch.partition, next);
      committed = next;
    }
    if (next > committed) await subscription.commit(batch.topic, batch.partition, next);
  };
}

/** Sends a record to the dead letters as it is, with the reason and where it was. */
export async function parkRecord(
  log: RecordLog,
  record: LogRecord,
  why: { readonly reason: string; readonly detail: string },
): Promise<void> {
  const headers = {
    [DEAD_LETTER_HEADERS.reason]: why.reason,
    [DEAD_LETTER_HEADERS.detail]: why.detail,
    [DEAD_LETTER_HEADERS.topic]: record.topic,
    [DEAD_LETTER_HEADERS.partition]: String(record.partition),
    [DEAD_LETTER_HEADERS.offset]: String(record.offset),
  };
  await log.sink.send(TOPICS.deadLetters, [{ key: record.key, value: record.value ?? Buffer.alloc(0), headers }]);
}

/** Waits until what stands in the topic now has been committed. */
export async function untilHandled(log: RecordLog, topic: string, subscription: Subscription, signal: AbortSignal): Promise<void> {
  const targets = new Map((await log.endOffsets(topic)).map(({ partition, nextOffset }) => [partition, nextOffset]));
  while (!signal.aborted) {
    const ends = new Map((await log.endOffsets(topic)).map(({ partition, nextOffset }) => [partition, nextOffset]));
    const behind = (await subscription.lag()).filter(({ partition, records }) => {
      return (ends.get(partition) ?? 0) - records < (targets.get(partition) ?? 0);
    });
    if (behind.length === 0) return;
    await delay(LOOK_MS);
  }
}
