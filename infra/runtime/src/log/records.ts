/**
 * The record log behind one port. Adapters: the embedded log (in the process, on disk) and Kafka (kafkajs, or node-rdkafka).
 * All adapters pass the same contract suite. Offsets are numbers: 2^53 records per partition are enough.
 */

export interface LogRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  /** Present where the log holds a record whose content it cannot hand out, such as one of a batch that inflates beyond all bounds. */
  readonly unreadable?: Unreadable;
}

/** Why a record has no content. */
export interface Unreadable {
  readonly reason: "too_large" | "malformed";
  /** One line: what was expected and what came. */
  readonly detail: string;
}

/** Consecutive records of one partition, in offset order, never empty. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Offset the next produced record will get; `highWatermark - lastOffset - 1` is the lag after this batch. */
  readonly highWatermark: number;
}

export interface SubscribeOptions {
  readonly topics: readonly string[];
  readonly group: string;
  /**
   * Called for one batch at a time per partition. The next batch of the partition is not delivered until the
   * promise settles, which is the back-pressure. A rejection stops the subscription and surfaces in `done`.
   * Delivering is not committing: the handler calls `commit` once the records have landed.
   */
  readonly onBatch: (batch: RecordBatch, subscription: Subscription) => Promise<void>;
  /** The handler keeps neither records nor views of their bytes beyond its promise, so an adapter may use their memory again. */
  readonly keepsNothing?: boolean;
  /**
   * Called before partitions are taken away (also by `close`), when their handlers have ended: the time to commit what
   * has landed. What is not committed then is delivered again to the next owner.
   */
  readonly onRevoked?: (partitions: readonly { topic: string; partition: number }[]) => Promise<void>;
}

export interface Subscription {
  /**
   * Stores `nextOffset` (last landed + 1) for the group. Going backwards is ignored, and so is a partition that has
   * been taken away. After `close` it rejects. In `onBatch` it may be awaited; `close` must not be.
   */
  commit(topic: string, partition: number, nextOffset: number): Promise<void>;
  /** Records produced but not committed, per partition. */
  lag(): Promise<readonly { topic: string; partition: number; records: number }[]>;
  /** Stops delivery, waits for running handlers, leaves the group. */
  close(): Promise<void>;
  /** Settles when the subscription has ended; rejects with what broke it. */
  readonly done: Promise<void>;
}

export interface OutgoingRecord {
  readonly key: string | Buffer | null;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent: chosen from the key, equal keys to equal partitions. */
  readonly partition?: number;
}

export interface RecordSource {
  subscribe(options: SubscribeOptions): Promise<Subscription>;
}

export interface RecordSink {
  /** Resolves once every record is durable (all in-sync replicas, or written to the embedded log's file). */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
}

/** A log: where records are read from and written to. */
export interface RecordLog {
  readonly kind: "embedded" | "kafka";
  readonly source: RecordSource;
  readonly sink: RecordSink;
  /** Creates what is missing; existing topics are left as they are. */
  ensureTopics(topics: readonly { topic: string; partitions: number }[]): Promise<void>;
  /** Next offset per partition of a topic. */
  endOffsets(topic: string): Promise<readonly { partition: number; nextOffset: number }[]>;
  /** What a group has committed, per partition of a topic; null where it has committed nothing. No member needs to be running. */
  committedOffsets(topic: string, group: string): Promise<readonly { partition: number; nextOffset: number | null }[]>;
  close(): Promise<void>;
}
