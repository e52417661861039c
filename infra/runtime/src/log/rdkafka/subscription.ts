import { setTimeout as sleep } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Admin } from "kafkajs";
import type { KafkaConsumer, LibrdKafkaError, Message, TopicPartition, TopicPartitionOffset } from "node-rdkafka";
import type { Logger } from "../../logger.ts";
import { askCluster } from "../kafka/askCluster.ts";
import type { KafkaLogOptions } from "../kafka/client.ts";
import type { Cluster } from "../kafka/cluster.ts";
import { HeldPartition } from "../kafka/heldPartition.ts";
import { lagOf } from "../kafka/lag.ts";
import type { StartableSubscription } from "../kafka/log.ts";
import type { LogRecord, SubscribeOptions } from "../records.ts";
import { connectClient, disconnectClient, toRdkafkaError } from "./clients.ts";
import { Commits } from "./commits.ts";
import { toLogRecord } from "./fromRdkafka.ts";

const ASSIGN = -175;
const BAD_COMPRESSION = -198;
/** How long one call to the client waits for records; a rebalance and a stop are noticed between calls. */
const CONSUME_MS = 100;
/** Records of one call, over all partitions. */
const CONSUME_RECORDS_MAX = 5_000;
/**
 * Fetched and not yet handled, per partition. Pausing throws away what the client has fetched ahead, and going on fetches and inflates the
 * same batches again: so it pauses late, and goes on when little is left.
 */
const WAITING_MAX = 4;
const WAITING_BYTES_MAX = 4 * 1024 * 1024;
const WAITING_LITTLE = 1;
/** After an error that the client repairs by itself. */
const ERROR_PAUSE_MS = 250;
/** While closing, an outage is waited out only this long. */
const LAST_COMMIT_MS_MAX = 5_000;

/** What the client tells, in its own words. */
export interface ConsumerCallbacks {
  readonly onRebalance: (error: LibrdKafkaError | undefined, partitions: readonly TopicPartition[]) => void;
  readonly onCommit: (error: LibrdKafkaError | null | undefined, offsets: readonly TopicPartitionOffset[]) => void;
}

export interface RdkafkaSubscriptionDeps {
  readonly createConsumer: (callbacks: ConsumerCallbacks) => KafkaConsumer;
  readonly admin: Admin;
  readonly cluster: Cluster;
  readonly connection: KafkaLogOptions;
  readonly options: SubscribeOptions;
  readonly batchRecordsMax: number;
  readonly logger: Logger | undefined;
}

/** One assignment of one partition; it ends when the partition is taken away, and with it what was fetched under it. */
interface Assigned {
  readonly held: HeldPartition;
  /** Deliveries fetched and not yet handled, and their bytes; the partition is paused while there are many. */
  waiting: number;
  waitingBytes: number;
  isPaused: boolean;
}

/**
 * One member of a consumer group. librdkafka joins, sends heartbeats and fetches in threads of its own; this decides what is
 * delivered when, and commits only what it is told. Rebalances are cooperative: partitions that stay are read on, those that
 * move are given up only when their handlers have ended and `onRevoked` has run.
 */
export class RdkafkaSubscription implements StartableSubscription {
  readonly done: Promise<void>;
  readonly #deps: RdkafkaSubscriptionDeps;
  readonly #consumer: KafkaConsumer;
  readonly #commits: Commits;
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void };
  /** By `topic/partition`; keeps partitions that were taken away, because their last delivery may still run. */
  readonly #held = new Map<string, HeldPartition>();
  readonly #assigned = new Map<string, Assigned>();
  /** Rebalances one after another, as the group orders them. */
  #rebalancing: Promise<void> = Promise.resolve();
  #consuming: Promise<void> = Promise.resolve();
  #onAssigned: () => void = () => {};
  #disconnect: () => void = () => {};
  #ending: Promise<void> | null = null;
  /** Aborted when closing has waited long enough for commits to get through. */
  readonly #giveUpCommits = new AbortController();
  #hasLeft = false;

  constructor(deps: RdkafkaSubscriptionDeps) {
    this.#deps = deps;
    this.#commits = new Commits();
    this.#consumer = deps.createConsumer({
      onRebalance: (error, partitions) => this.#onRebalance(error, partitions),
      onCommit: (error, offsets) => this.#commits.settle(error, offsets),
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

  async start(): Promise<void> {
    const { cluster, connection, options } = this.#deps;
    await Promise.all(options.topics.map((topic) => cluster.partitionsOf(topic)));
    this.#consumer.on("event.error", (error) => {
      if (error.isFatal === true) this.#fail(toRdkafkaError(error, `reading ${options.topics.join(",")}`));
    });
    this.#disconnect = await connectClient(this.#consumer, connection);
    const assigned = new Promise<void>((resolve) => {
      this.#onAssigned = resolve;
    });
    this.#consumer.setDefaultConsumeTimeout(CONSUME_MS);
    this.#consumer.subscribe(options.topics);
    this.#consuming = this.#consume();
    await Promise.race([assigned, this.done]);
  }

  async commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    if (this.#hasLeft) {
      throw new BellwetherError("log_unavailable", `${topic}/${partition}: commit after the subscription was closed`, { retryable: false });
    }
    const { logger } = this.#deps;
    const store = (offset: number) => this.#store({ topic, partition, offset });
    await this.#held.get(keyOf({ topic, partition }))?.commit(nextOffset, { store, logger, signal: this.#giveUpCommits.signal });
  }

  lag(): Promise<readonly { topic: string; partition: number; records: number }[]> {
    const { admin, options } = this.#deps;
    return askCluster(`reading the lag of ${options.group}`, () => lagOf(admin, options));
  }

  close(): Promise<void> {
    this.#ending ??= this.#end(null);
    return this.#ending;
  }

  /** Reads until the end; a call that fails is repeated, because the client repairs what can be repaired. */
  async #consume(): Promise<void> {
    while (!this.#hasLeft) {
      const messages = await this.#next();
      if (messages === undefined) await sleep(ERROR_PAUSE_MS);
      else for (const share of byPartition(messages)) this.#take(share);
      // With every partition paused the call would return at once.
      if (messages?.length === 0) await sleep(1);
    }
  }

  #next(): Promise<readonly Message[] | undefined> {
    return new Promise((resolve) => {
      this.#consumer.consume(CONSUME_RECORDS_MAX, (error, messages) => {
        if (error === null) return resolve(messages);
        if (error.code === BAD_COMPRESSION) this.#fail(cannotInflate(error, this.#deps.options.topics));
        this.#deps.logger?.debug({ kafka: "librdkafka", reason: error.message }, "reading again");
        resolve(undefined);
      });
    });
  }

  #take(messages: readonly Message[]): void {
    const [first] = messages;
    if (first === undefined) return;
    const assigned = this.#assigned.get(keyOf(first));
    if (assigned === undefined || this.#ending !== null) return;
    assigned.held.beginAt(first.offset);
    const records = messages.map(toLogRecord);
    assigned.waiting += 1;
    assigned.waitingBytes += bytesOf(records);
    if (!assigned.isPaused && (assigned.waiting >= WAITING_MAX || assigned.waitingBytes >= WAITING_BYTES_MAX)) this.#pause(first, assigned);
    const { held } = assigned;
    held.running = held.running.then(() => this.#deliver(records, first, assigned));
  }

  async #deliver(records: readonly LogRecord[], id: TopicPartition, assigned: Assigned): Promise<void> {
    const { options, batchRecordsMax } = this.#deps;
    const { topic, partition } = id;
    try {
      for (let start = 0; start < records.length; start += batchRecordsMax) {
        if (this.#ending !== null || this.#assigned.get(keyOf(id)) !== assigned) return;
        const highWatermark = this.#consumer.getWatermarkOffsets(topic, partition).highOffset;
        await options.onBatch({ topic, partition, records: records.slice(start, start + batchRecordsMax), highWatermark }, this);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      assigned.waiting -= 1;
      assigned.waitingBytes -= bytesOf(records);
      if (assigned.waiting <= WAITING_LITTLE && assigned.waitingBytes < WAITING_BYTES_MAX) this.#resume(id, assigned);
    }
  }

  #pause({ topic, partition }: TopicPartition, assigned: Assigned): void {
    this.#consumer.pause([{ topic, partition }]);
    assigned.isPaused = true;
  }

  #resume(id: TopicPartition, assigned: Assigned): void {
    if (!assigned.isPaused || this.#ending !== null || this.#assigned.get(keyOf(id)) !== assigned) return;
    const { topic, partition } = id;
    this.#consumer.resume([{ topic, partition }]);
    assigned.isPaused = false;
  }

  #onRebalance(error: LibrdKafkaError | undefined, partitions: readonly TopicPartition[]): void {
    this.#rebalancing = this.#rebalancing.then(() => (error?.code === ASSIGN ? this.#assign(partitions) : this.#revoke(partitions)));
  }

  #assign(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const key = keyOf({ topic, partition });
      const held = this.#held.get(key) ?? new HeldPartition(topic, partition);
      held.forgetCommitted();
      this.#held.set(key, held);
      this.#assigned.set(key, { held, waiting: 0, waitingBytes: 0, isPaused: false });
    }
    if (this.#consumer.rebalanceProtocol() === "COOPERATIVE") this.#consumer.incrementalAssign(partitions);
    else this.#consumer.assign(partitions);
    this.#onAssigned();
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    await this.#giveUp(partitions);
    // Also behind the end: leaving the group waits for this answer.
    if (this.#consumer.rebalanceProtocol() === "COOPERATIVE") this.#consumer.incrementalUnassign(partitions);
    else this.#consumer.unassign();
  }

  /** Waits for running handlers, then lets the subscriber commit. */
  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    const leaving = partitions.flatMap((id) => this.#assigned.get(keyOf(id))?.held ?? []);
    await Promise.all(leaving.map(({ running }) => running));
    try {
      if (leaving.length > 0) await this.#deps.options.onRevoked?.(leaving.map(({ topic, partition }) => ({ topic, partition })));
    } catch (error) {
      this.#fail(error);
    }
    for (const id of partitions) this.#assigned.delete(keyOf(id));
  }

  /** False when the partition is somebody else's; a commit that meets a rebalance is repeated while the partition stays. */
  async #store({ topic, partition, offset }: TopicPartition & { offset: number }): Promise<boolean> {
    if (!this.#assigned.has(keyOf({ topic, partition }))) return false;
    const error = await this.#commits.send(this.#consumer, { topic, partition, offset });
    if (error === null) return true;
    if (!this.#assigned.has(keyOf({ topic, partition }))) return false;
    throw toRdkafkaError(error, `committing ${topic}/${partition} at ${offset}`);
  }

  #fail(error: unknown): void {
    if (this.#ending === null) this.#ending = this.#end({ error });
    else this.#settle.reject(error);
  }

  async #end(failure: { readonly error: unknown } | null): Promise<void> {
    const impatient = setTimeout(() => this.#giveUpCommits.abort(closedTooEarly()), LAST_COMMIT_MS_MAX);
    if (failure === null) {
      await this.#rebalancing;
      await this.#giveUp([...this.#assigned.values()].map(({ held }) => held));
    }
    clearTimeout(impatient);
    this.#hasLeft = true;
    await this.#consuming;
    this.#disconnect();
    await disconnectClient(this.#consumer);
    if (failure === null) this.#settle.resolve();
    else this.#settle.reject(failure.error);
  }
}

/** The client asks for the same batch again for ever, and hands out nothing behind it. */
function cannotInflate(cause: LibrdKafkaError, topics: readonly string[]): BellwetherError {
  const got = `reading ${topics.join(",")}: expected batches librdkafka can inflate, got one that is broken or, with zstd, becomes more than 100 MB`;
  return new BellwetherError("log_unavailable", `${got}; KAFKA_CLIENT=kafkajs parks its records and goes on`, { retryable: false, cause });
}

function bytesOf(records: readonly LogRecord[]): number {
  return records.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0), 0);
}

function byPartition(messages: readonly Message[]): Iterable<readonly Message[]> {
  const shares = new Map<string, Message[]>();
  for (const message of messages) {
    const share = shares.get(keyOf(message));
    if (share === undefined) shares.set(keyOf(message), [message]);
    else share.push(message);
  }
  return shares.values();
}

function closedTooEarly(): BellwetherError {
  return new BellwetherError("log_unavailable", "closed before the last commit got through", { retryable: false });
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
