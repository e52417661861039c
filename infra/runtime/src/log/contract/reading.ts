import type { LogRecord, OutgoingRecord, RecordBatch, RecordLog, Subscription } from "../records.ts";

/** Collects what a subscription gets and lets a test wait for it. */
export interface Reading {
  readonly subscription: Subscription;
  readonly batches: readonly RecordBatch[];
  readonly records: readonly LogRecord[];
  /** Resolves once that many records have come, or rejects with what broke the subscription. */
  until(records: number): Promise<void>;
}

export interface ReadOptions {
  readonly topic: string;
  readonly group: string;
  /** Runs for each batch after it was collected. */
  readonly handle?: (batch: RecordBatch, subscription: Subscription) => Promise<void>;
  readonly onRevoked?: (partitions: readonly { topic: string; partition: number }[]) => Promise<void>;
}

export async function read(log: RecordLog, { topic, group, handle, onRevoked }: ReadOptions): Promise<Reading> {
  const batches: RecordBatch[] = [];
  const records: LogRecord[] = [];
  let announce = () => {};
  const subscription = await log.source.subscribe({
    topics: [topic],
    group,
    ...(onRevoked === undefined ? {} : { onRevoked }),
    onBatch: async (batch, given) => {
      batches.push(batch);
      for (const record of batch.records) records.push(record);
      announce();
      await handle?.(batch, given);
    },
  });
  const until = async (wanted: number) => {
    while (records.length < wanted) {
      const more = new Promise<"more">((resolve) => {
        announce = () => resolve("more");
      });
      if (records.length >= wanted) return;
      const outcome = await Promise.race([more, subscription.done]);
      if (outcome !== "more") throw new Error(`the subscription ended after ${records.length} of ${wanted} records`);
    }
  };
  return { subscription, batches, records, until };
}

/** Commits each batch when it has been handled. */
export async function commitAll(batch: RecordBatch, subscription: Subscription): Promise<void> {
  await subscription.commit(batch.topic, batch.partition, reachOf(batch));
}

/** Offset after the last record of a batch; 0 for none. */
export function reachOf(batch: RecordBatch | undefined): number {
  return (batch?.records.at(-1)?.offset ?? -1) + 1;
}

/** Records `from`, `from + 1`, ... as text, each with its number as the key unless told otherwise. */
export function numbered(
  count: number,
  { from = 0, partition, key }: { from?: number; partition?: number; key?: string } = {},
): OutgoingRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: key ?? String(from + i),
    value: Buffer.from(String(from + i)),
    ...(partition === undefined ? {} : { partition }),
  }));
}

export function numbersOf(records: readonly LogRecord[]): number[] {
  return records.map(({ value }) => Number(value));
}

export function range(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

/** A promise that a test settles itself. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
