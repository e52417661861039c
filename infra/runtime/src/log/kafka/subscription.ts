import { BellwetherError } from "@bellwether/contracts/errors";
import type { Admin, Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload, Kafka, Offsets } from "kafkajs";
import type { Logger } from "../../logger.ts";
import { retry } from "../../retry.ts";
import type { RecordBatch, SubscribeOptions, Subscription } from "../records.ts";
import { isMembershipError, toLogError } from "./errors.ts";
import { toLogRecord } from "./fromKafka.ts";

/** The default of 5 s makes every stop and rebalance take that long. */
const FETCH_WAIT_MS = 250;
/** A handler that takes longer has its partition paused, so that others go on and heartbeats are sent. */
const SLOW_HANDLER_MS = 500;
const PARTITION_BYTES_MAX = 4 * 1024 * 1024;
const COMMIT_RETRY = { attempts: 5, baseMs: 100, maxMs: 2_000 };

type Commit = (offsets: Offsets) => Promise<void>;

interface Held {
  readonly topic: string;
  readonly partition: number;
  /** The running delivery; the next one of the partition waits for it, even across a rebalance. Never rejects. */
  running: Promise<void>;
  /** What the group has committed for all we know; null until a batch of the current assignment says where it begins. */
  committed: number | null;
  /** The last commit; they run one after another, so that a retried one cannot undo a later one. */
  committing: Promise<void>;
}

export interface KafkaSubscriptionDeps {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly options: SubscribeOptions;
  readonly batchRecordsMax: number;
  readonly logger: Logger | undefined;
}

/**
 * One member of a consumer group. kafkajs reads, joins and sends heartbeats; this decides what is delivered when,
 * commits only what it is told, and turns the client's events into the port's promises.
 *
 * Rebalances are eager in kafkajs: all partitions are given up and handed out again. When the client notices while a
 * batch is being handled, `onRevoked` is awaited before the group is joined again. When it notices in an idle moment,
 * it joins at once: `onRevoked` runs beside that, and what it can no longer commit is delivered again to the new owner.
 */
export class KafkaSubscription implements Subscription {
  readonly done: Promise<void>;
  readonly #deps: KafkaSubscriptionDeps;
  readonly #consumer: Consumer;
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  /** By `topic/partition`; keeps partitions that were taken away, because their last delivery may still run. */
  readonly #held = new Map<string, Held>();
  /** Partitions of the current assignment. */
  #assigned = new Set<string>();
  /** Commits through the group membership; known once a batch has come. */
  #commitOffsets: Commit | null = null;
  /** Set while partitions are being given up: nothing is delivered until the next assignment. */
  #revoking: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  #hasLeft = false;

  constructor(deps: KafkaSubscriptionDeps) {
    this.#deps = deps;
    this.#consumer = deps.kafka.consumer({
      groupId: deps.options.group,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytesPerPartition: PARTITION_BYTES_MAX,
      maxBytes: 4 * PARTITION_BYTES_MAX,
      allowAutoTopicCreation: false,
    });
    let resolve = () => {};
    let reject: (error: unknown) => void = () => {};
    this.done = new Promise<void>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    this.#settle = { resolve, reject };
    // The caller sees the failure in `done`; this only keeps Node from ending the process before he looks.
    this.done.catch(() => undefined);
  }

  /** Joins the group; resolves once partitions are assigned. */
  async start(): Promise<void> {
    const consumer = this.#consumer;
    const { GROUP_JOIN, REBALANCING, CRASH } = consumer.events;
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(GROUP_JOIN, (event) => {
        this.#onJoined(event);
        resolve();
      });
      consumer.on(CRASH, (event) => {
        this.#onCrash(event);
        reject(event.payload.error);
      });
    });
    consumer.on(REBALANCING, () => void this.#revoke());
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...this.#deps.options.topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 64,
        eachBatch: (payload) => this.#onBatch(payload),
      });
      await joined;
    } catch (error) {
      joined.catch(() => undefined);
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
  }

  async commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    if (this.#hasLeft) {
      throw new BellwetherError("log_unavailable", `${topic}/${partition}: commit after the subscription was closed`, { retryable: false });
    }
    const held = this.#held.get(keyOf(topic, partition));
    if (held === undefined) return;
    const commit = held.committing.then(() => this.#commitForward(held, nextOffset));
    held.committing = commit.catch(() => undefined);
    await commit;
  }

  async lag(): Promise<readonly { topic: string; partition: number; records: number }[]> {
    const { admin, options } = this.#deps;
    try {
      const committed = await admin.fetchOffsets({ groupId: options.group, topics: [...options.topics] });
      const lags = committed.map(async ({ topic, partitions }) => {
        const ends = await admin.fetchTopicOffsets(topic);
        return ends.map(({ partition, high, low }) => {
          const offset = Number(partitions.find((entry) => entry.partition === partition)?.offset ?? -1);
          return { topic, partition, records: Number(high) - Math.max(offset, Number(low)) };
        });
      });
      return (await Promise.all(lags)).flat().sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
    } catch (error) {
      throw toLogError(error, `reading the lag of ${options.group}`);
    }
  }

  close(): Promise<void> {
    this.#ending ??= this.#end(null);
    return this.#ending;
  }

  /** A partition that was taken away has a new owner, who gets these records again: at least once, as promised. */
  async #commitForward(held: Held, nextOffset: number): Promise<void> {
    const { topic, partition } = held;
    const commitOffsets = this.#commitOffsets;
    if (commitOffsets === null || held.committed === null || nextOffset <= held.committed) return;
    const offsets = { topics: [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }] };
    await retry(async () => {
      try {
        await commitOffsets(offsets);
        held.committed = nextOffset;
      } catch (error) {
        if (!isMembershipError(error)) throw toLogError(error, `committing ${topic}/${partition} at ${nextOffset}`);
        this.#deps.logger?.debug({ topic, partition, nextOffset }, "the commit came after a rebalance");
      }
    }, COMMIT_RETRY);
  }

  async #onBatch({ batch, resolveOffset, heartbeat, pause, commitOffsetsIfNecessary }: EachBatchPayload): Promise<void> {
    if (this.#ending !== null || this.#revoking !== null) {
      pause();
      return;
    }
    this.#commitOffsets = commitOffsetsIfNecessary;
    const { topic, partition } = batch;
    const held = this.#hold(topic, partition, Number(batch.firstOffset()));
    const records = batch.messages.map((message) => toLogRecord(message, { topic, partition }));
    const delivery = held.running.then(() => this.#deliver({ topic, partition, records, highWatermark: Number(batch.highWatermark) }));
    held.running = delivery;
    if (await isSettledWithin(delivery, SLOW_HANDLER_MS)) {
      if (this.#ending === null) resolveOffset(batch.lastOffset());
    } else {
      const resume = pause();
      resolveOffset(batch.lastOffset());
      void delivery.then(() => this.#ending === null && resume());
      return;
    }
    await this.#heartbeat(heartbeat);
  }

  /** Notices a rebalance while there is still time to wait for `onRevoked`. */
  async #heartbeat(heartbeat: () => Promise<void>): Promise<void> {
    try {
      await heartbeat();
    } catch (error) {
      if (isMembershipError(error)) await this.#revoke();
      throw error;
    }
  }

  async #deliver(batch: RecordBatch): Promise<void> {
    const { options, batchRecordsMax } = this.#deps;
    try {
      for (let start = 0; start < batch.records.length; start += batchRecordsMax) {
        if (this.#ending !== null || this.#revoking !== null) return;
        await options.onBatch({ ...batch, records: batch.records.slice(start, start + batchRecordsMax) }, this);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #hold(topic: string, partition: number, firstOffset: number): Held {
    const key = keyOf(topic, partition);
    const held = this.#held.get(key) ?? { topic, partition, running: Promise.resolve(), committed: null, committing: Promise.resolve() };
    held.committed ??= firstOffset;
    this.#held.set(key, held);
    return held;
  }

  /** Waits for running handlers, then lets the subscriber commit; once per assignment. */
  #revoke(): Promise<void> {
    this.#revoking ??= this.#giveUp();
    return this.#revoking;
  }

  async #giveUp(): Promise<void> {
    const given = [...this.#held].filter(([key]) => this.#assigned.has(key)).map(([, held]) => held);
    await Promise.all(given.map(({ running }) => running));
    try {
      if (given.length > 0) await this.#deps.options.onRevoked?.(given.map(({ topic, partition }) => ({ topic, partition })));
    } catch (error) {
      this.#fail(error);
    }
  }

  #onJoined({ payload }: ConsumerGroupJoinEvent): void {
    const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    // A member the coordinator forgot joins anew without a rebalance of its own; then this is the first we hear of the loss.
    if (this.#revoking === null) void this.#giveUp();
    this.#assigned = new Set(assigned.map(({ topic, partition }) => keyOf(topic, partition)));
    for (const held of this.#held.values()) held.committed = null;
    this.#revoking = null;
    if (this.#ending === null) {
      for (const { topic, partition } of assigned) this.#consumer.resume([{ topic, partitions: [partition] }]);
    }
  }

  #onCrash({ payload }: ConsumerCrashEvent): void {
    const error = toLogError(payload.error, `reading ${this.#deps.options.topics.join(",")}`);
    if (payload.restart) this.#deps.logger?.warn({ err: error }, `${error.message}; trying again`);
    else this.#fail(error);
  }

  #fail(error: unknown): void {
    if (this.#ending === null) this.#ending = this.#end({ error });
    else this.#settle.reject(error);
  }

  async #end(failure: { readonly error: unknown } | null): Promise<void> {
    if (failure === null) await this.#revoke();
    this.#hasLeft = true;
    await this.#consumer.disconnect().catch(() => undefined);
    if (failure === null) this.#settle.resolve();
    else this.#settle.reject(failure.error);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

async function isSettledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = await Promise.race([promise.then(() => true), tooLate]);
  clearTimeout(timer);
  return settled;
}
