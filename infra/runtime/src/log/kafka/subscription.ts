import { BellwetherError } from "@bellwether/contracts/errors";
import type { Admin, Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload, Kafka, Offsets } from "kafkajs";
import type { Logger } from "../../logger.ts";
import type { RecordBatch, SubscribeOptions } from "../records.ts";
import { askCluster } from "./askCluster.ts";
import { isMembershipError, toLogError } from "./errors.ts";
import { toLogRecord } from "./fromKafka.ts";
import { HeldPartition } from "./heldPartition.ts";
import { lagOf } from "./lag.ts";
import type { StartableSubscription } from "./log.ts";
import { createSignal, isSettledWithin } from "./settling.ts";

/** The default of 5 s makes every stop and rebalance take that long. */
const FETCH_WAIT_MS = 250;
/** How long the partitions of a killed process stay without an owner; 30 s by default. */
const SESSION_MS = 15_000;
/** How soon a member learns that others have come or gone; 3 s by default. */
const HEARTBEAT_MS = 1_000;
/** A handler that takes longer has its partition paused, so that others go on and heartbeats are sent. */
const SLOW_HANDLER_MS = 500;
/** Restarts before a subscription that has never joined counts as failed. */
const START_RESTARTS_MAX = 10;
const PARTITION_BYTES_MAX = 4 * 1024 * 1024;
/** How long closing waits for a client that is only starting; it leaves afterwards all the same. */
const LEAVE_MS_MAX = 2_000;
/** While closing, an outage is waited out only this long. */
const LAST_COMMIT_MS_MAX = 5_000;

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
export class KafkaSubscription implements StartableSubscription {
  readonly done: Promise<void>;
  readonly #deps: KafkaSubscriptionDeps;
  readonly #consumer: Consumer;
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  /** By `topic/partition`; keeps partitions that were taken away, because their last delivery may still run. */
  readonly #held = new Map<string, HeldPartition>();
  /** Partitions of the current assignment. */
  #assigned = new Set<string>();
  /** Commits through the group membership; known once a batch has come. */
  #commitOffsets: ((offsets: Offsets) => Promise<void>) | null = null;
  /** The last giving up of partitions; it may still run when the next assignment is there, whose deliveries wait for it. */
  #givenUp: Promise<void> = Promise.resolve();
  /** Counts assignments: what was fetched under an earlier one is not delivered under the next, which gets it again. */
  #assignment = 0;
  /** Set while partitions are being given up: nothing is delivered until the next assignment. */
  #revoking: Promise<void> | null = null;
  #ending: Promise<void> | null = null;
  /** Aborted when closing has waited long enough for commits to get through. */
  readonly #giveUpCommits = new AbortController();
  #hasLeft = false;
  /**
   * Whether `disconnect` reaches kafkajs' runner. While it starts, or starts again after a crash, a `disconnect` forgets the runner without
   * stopping it, which then stays in the group as a member nobody listens to and keeps its partitions for good. So a
   * subscription that ends meanwhile leaves as soon as the runner fetches or has crashed again (found by the fault campaign: broker restart).
   */
  #isRunning = false;
  /** Settles when the client has left the group after all. */
  readonly #left = createSignal();

  constructor(deps: KafkaSubscriptionDeps) {
    this.#deps = deps;
    this.#consumer = deps.kafka.consumer({
      groupId: deps.options.group,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      sessionTimeout: SESSION_MS,
      heartbeatInterval: HEARTBEAT_MS,
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
    const { GROUP_JOIN, REBALANCING, CRASH, FETCH_START } = consumer.events;
    const joined = new Promise<void>((resolve, reject) => {
      consumer.on(GROUP_JOIN, (event) => {
        if (this.#hasLeft) return;
        this.#onJoined(event);
        resolve();
      });
      // A broker that has just started sends the first members away; kafkajs tries again by itself.
      let restarts = 0;
      consumer.on(CRASH, (event) => {
        this.#isRunning = false;
        this.#onCrash(event);
        // The timer of the restart is set behind this event.
        if (this.#hasLeft) setImmediate(() => void this.#disconnect());
        restarts += 1;
        if (!event.payload.restart || restarts > START_RESTARTS_MAX) reject(event.payload.error);
      });
    });
    consumer.on(REBALANCING, () => void this.#revoke());
    consumer.on(FETCH_START, () => {
      this.#isRunning = true;
      if (this.#hasLeft) void this.#disconnect();
    });
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
    const commitOffsets = this.#commitOffsets;
    if (commitOffsets === null) return;
    const { logger } = this.#deps;
    const store = (offset: number) => storeOffset(commitOffsets, { topic, partition, offset });
    await this.#held.get(keyOf(topic, partition))?.commit(nextOffset, { store, logger, signal: this.#giveUpCommits.signal });
  }

  lag(): Promise<readonly { topic: string; partition: number; records: number }[]> {
    const { admin, options } = this.#deps;
    return askCluster(`reading the lag of ${options.group}`, () => lagOf(admin, options));
  }

  close(): Promise<void> {
    this.#ending ??= this.#end(null);
    return this.#ending;
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
    const assignment = this.#assignment;
    const delivery = Promise.all([held.running, this.#givenUp]).then(() =>
      this.#deliver({ topic, partition, records, highWatermark: Number(batch.highWatermark) }, assignment),
    );
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

  async #deliver(batch: RecordBatch, assignment: number): Promise<void> {
    const { options, batchRecordsMax } = this.#deps;
    try {
      for (let start = 0; start < batch.records.length; start += batchRecordsMax) {
        if (this.#ending !== null || this.#revoking !== null || this.#assignment !== assignment) return;
        await options.onBatch({ ...batch, records: batch.records.slice(start, start + batchRecordsMax) }, this);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #hold(topic: string, partition: number, firstOffset: number): HeldPartition {
    const key = keyOf(topic, partition);
    const held = this.#held.get(key) ?? new HeldPartition(topic, partition);
    held.beginAt(firstOffset);
    this.#held.set(key, held);
    return held;
  }

  /** Waits for running handlers, then lets the subscriber commit; once per assignment. */
  #revoke(): Promise<void> {
    this.#revoking ??= this.#giveUp();
    return this.#revoking;
  }

  #giveUp(): Promise<void> {
    this.#givenUp = this.#giveUpHeld();
    return this.#givenUp;
  }

  async #giveUpHeld(): Promise<void> {
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
    this.#assignment += 1;
    this.#assigned = new Set(assigned.map(({ topic, partition }) => keyOf(topic, partition)));
    for (const held of this.#held.values()) held.forgetCommitted();
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

  async #disconnect(): Promise<void> {
    await this.#consumer.disconnect().catch(() => undefined);
    this.#left.resolve();
  }

  async #end(failure: { readonly error: unknown } | null): Promise<void> {
    const impatient = setTimeout(() => this.#giveUpCommits.abort(closedTooEarly()), LAST_COMMIT_MS_MAX);
    if (failure === null) await this.#revoke();
    clearTimeout(impatient);
    this.#hasLeft = true;
    if (this.#isRunning) await this.#disconnect();
    else await isSettledWithin(this.#left.promise, LEAVE_MS_MAX);
    if (failure === null) this.#settle.resolve();
    else this.#settle.reject(failure.error);
  }
}

function closedTooEarly(): BellwetherError {
  return new BellwetherError("log_unavailable", "closed before the last commit got through", { retryable: false });
}

/** A partition that was taken away has a new owner, who gets these records again: at least once, as promised. */
async function storeOffset(
  commitOffsets: (offsets: Offsets) => Promise<void>,
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
): Promise<boolean> {
  try {
    await commitOffsets({ topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] });
    return true;
  } catch (error) {
    if (isMembershipError(error)) return false;
    throw toLogError(error, `committing ${topic}/${partition} at ${offset}`);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
