import { setTimeout as sleep } from "node:timers/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { TOPICS } from "@bellwether/contracts/topics";
import type { LogRecord, RecordBatch, RecordLog, Subscription } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { createBatcher } from "./batcher.ts";
import type { Block } from "./block.ts";
import type { IngestConfig } from "./config.ts";
import { BlockContent } from "./content.ts";
import { createEnd } from "./end.ts";
import { createLander } from "./lander.ts";
import { createLane, type Lane } from "./lane.ts";
import { createLanes } from "./lanes.ts";
import { createLedger } from "./ledger.ts";
import { createMeters, type IngestStats } from "./meters.ts";
import { arrive } from "./pipeline.ts";
import { createWriter } from "./writer.ts";

export interface IngestDeps {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly config: IngestConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
}

export interface Ingest {
  /** Creates the topics, checks the log against the ledger and begins to consume. */
  start(): Promise<void>;
  /** Resolves when every record produced before the call is landed or parked, and committed. Rejects when ingest has failed. */
  drain(): Promise<void>;
  /** Lands what is open, commits it and leaves the group. Never rejects; a failure is in `done`. */
  stop(): Promise<void>;
  stats(): IngestStats;
  /** Resolves after `stop`; rejects with what broke the service. */
  readonly done: Promise<void>;
}

const DRAIN_POLL_MS = 15;
const AGE_CHECKS_PER_AGE = 4;

/** The ingest service: bytes on a topic in, rows of `telemetry`, `dtc_events` and `rejected_records` out. */
export function createIngest(deps: IngestDeps): Ingest {
  return new IngestService(deps);
}

class IngestService implements Ingest {
  readonly #deps: IngestDeps;
  readonly #meters;
  readonly #ledger;
  readonly #lander;
  readonly #lanes = createLanes();
  readonly #end = createEnd();
  /** Set by `start`, or by the first batch when that comes before `subscribe` has returned. */
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
    this.#meters = createMeters(deps.metrics);
    this.#ledger = createLedger(deps);
    this.#lander = createLander({
      ...deps,
      ledger: this.#ledger,
      writer: createWriter(deps.store),
      sink: deps.log.sink,
      commit: (block) => this.#commit(block),
      meters: this.#meters,
      signal: this.#end.signal,
    });
  }

  get done(): Promise<void> {
    return this.#end.done;
  }

  async start(): Promise<void> {
    const { log, config } = this.#deps;
    await log.ensureTopics([
      { topic: config.ingestTopic, partitions: config.ingestPartitions },
      { topic: TOPICS.deadLetters, partitions: 1 },
    ]);
    await this.#ledger.checkLog(config.ingestTopic, await log.endOffsets(config.ingestTopic));
    this.#subscription = await log.source.subscribe({
      topics: [config.ingestTopic],
      group: config.ingestGroup,
      onBatch: (batch, subscription) => this.#accept(batch, subscription),
      onRevoked: (partitions) => this.#lanes.release(partitions),
    });
    this.#subscription.done.catch((error: unknown) => this.#fail(error));
    this.#timer = setInterval(() => this.#lanes.closeAged(), Math.ceil(config.ingestBlockAge / AGE_CHECKS_PER_AGE));
    this.#timer.unref();
  }

  async drain(): Promise<void> {
    const { log, config } = this.#deps;
    if (this.#subscription === undefined) throw new BellwetherError("log_unavailable", "ingest has not been started", { retryable: false });
    const targets = await log.endOffsets(config.ingestTopic);
    const hasArrived = (partition: number, lane: Lane) =>
      targets.some((target) => target.partition === partition && lane.nextOffset >= target.nextOffset);
    while (!(await this.#hasCommitted(targets))) {
      await this.#lanes.flush(hasArrived);
      await Promise.race([sleep(DRAIN_POLL_MS), this.#end.failed]);
    }
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#lanes.flush().catch((error: unknown) => this.#fail(error));
    await this.#subscription?.close().catch((error: unknown) => this.#fail(error));
    this.#end.stopped();
  }

  stats(): IngestStats {
    return this.#meters.stats();
  }

  async #accept({ topic, partition, records, highWatermark }: RecordBatch, subscription: Subscription): Promise<void> {
    this.#subscription ??= subscription;
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return;
    const lane = await this.#lanes.at({ topic, partition }, () => this.#openLane(first));
    this.#meters.arrived(records.length);
    this.#meters.lag(topic, partition, highWatermark - last.offset - 1);
    await lane.accept(records);
  }

  /** A lane begins with what an earlier run has left in flight from this offset on. */
  async #openLane({ topic, partition, offset }: LogRecord): Promise<Lane> {
    const { config, logger, now } = this.#deps;
    const plan = await this.#lander.retried("plan", () => this.#ledger.plan(topic, partition, offset));
    if (plan.length > 0) logger.info({ topic, partition, offset, ranges: plan.length }, "going on with the blocks of an earlier run");
    const limits = { rows: config.ingestBlockRows, bytes: config.ingestBlockBytes, ageMs: config.ingestBlockAge };
    return createLane({
      batcher: createBatcher({ topic, partition, plan, limits, createContent: () => new BlockContent() }),
      arrive: (record) => arrive(record, config),
      land: (block) => this.#land(block),
      isCrowded: () => this.#lanes.heldRows > config.ingestRowsHeld,
      now,
    });
  }

  async #land(block: Block): Promise<void> {
    try {
      await this.#lander.land(block);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async #commit({ topic, partition, lastOffset }: Block): Promise<void> {
    await this.#subscription?.commit(topic, partition, lastOffset + 1);
  }

  #fail(error: unknown): void {
    clearInterval(this.#timer);
    if (this.#end.fail(error)) this.#deps.logger.error({ err: error }, "ingest has failed");
    this.#subscription?.close().catch(() => undefined);
  }

  async #hasCommitted(targets: readonly { readonly partition: number; readonly nextOffset: number }[]): Promise<boolean> {
    const { log, config } = this.#deps;
    // The ends are read before the lag: what is produced in between can only make us wait longer, never stop too early.
    const ends = await log.endOffsets(config.ingestTopic);
    const lags = (await this.#subscription?.lag()) ?? [];
    return targets.every(({ partition, nextOffset }) => {
      const lag = lags.find((entry) => entry.topic === config.ingestTopic && entry.partition === partition);
      const logEnd = ends.find((entry) => entry.partition === partition)?.nextOffset ?? 0;
      return nextOffset === 0 || (lag !== undefined && logEnd - lag.records >= nextOffset);
    });
  }
}
