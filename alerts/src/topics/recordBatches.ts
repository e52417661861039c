import { setTimeout as delay } from "node:timers/promises";
import type { Rejection, RejectionReason } from "@bellwether/contracts/sample";
import { DEAD_LETTER_HEADERS, TOPICS } from "@bellwether/contracts/topics";
import type { LogRecord, RecordBatch, RecordLog, Subscription } from "@bellwether/runtime/log/records";
import { z } from "zod";

/** What every reader of a topic does with its records: one after the other, committed every few, bad ones parked. */

const RECORDS_PER_COMMIT = 50;
const LOOK_MS = 20;
const objectSchema = z.record(z.string(), z.unknown());

type BatchHandler = (batch: RecordBatch, subscription: Subscription) => Promise<void>;

/** A service's reader of one topic. */
export interface TopicReader {
  start(): Promise<void>;
  /** Resolves when every record produced before the call is handled and committed. */
  drain(signal: AbortSignal): Promise<void>;
  /** Ends after the record in hand. */
  stop(): Promise<void>;
  /** Settles when the reader has ended; before `start` it is settled. */
  done(): Promise<void>;
}

/** Reads a topic, which is made where it is missing, as a group of its own. */
export function createTopicReader(
  log: RecordLog,
  { topic, group, onBatch }: { readonly topic: string; readonly group: string; readonly onBatch: BatchHandler },
): TopicReader {
  let subscription: Subscription | null = null;
  return {
    async start() {
      await log.ensureTopics([{ topic, partitions: 4 }]);
      subscription = await log.source.subscribe({ topics: [topic], group, onBatch });
    },
    async drain(signal) {
      if (subscription !== null) await untilHandled(log, topic, subscription, signal);
    },
    async stop() {
      await subscription?.close();
    },
    done: () => subscription?.done ?? Promise.resolve(),
  };
}

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

export function rejected(reason: RejectionReason, detail: string): Rejection {
  return { reason, detail };
}

/** The JSON object a record's value holds, or why it holds none. */
export function readObject(
  value: Buffer | null,
  { bytesMax }: { readonly bytesMax: number },
): { readonly object: Readonly<Record<string, unknown>> } | Rejection {
  if (value === null || value.length === 0) return rejected("empty", "expected one JSON object");
  if (value.length > bytesMax) return rejected("too_large", `expected up to ${bytesMax} bytes, got ${value.length}`);
  const object = objectSchema.safeParse(parseJson(value));
  return object.success ? { object: object.data } : rejected("malformed", "expected one JSON object");
}

function parseJson(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString("utf8"));
  } catch {
    return null;
  }
}

/** What a schema says against a record, in one line. */
export function issuesOf({ issues }: z.ZodError): string {
  return issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}

/** Sends a record to the dead letters as it is, with the reason and where it was. */
export async function parkRecord(log: RecordLog, record: LogRecord, why: Rejection): Promise<void> {
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
