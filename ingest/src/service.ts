import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { TOPICS } from "@bellwether/contracts/topics";
import type { LogRecord, RecordBatch, RecordLog, Subscription } from "@bellwether/runtime/log/records";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import { createQuickArrival } from "./arrival/quickArrival.ts";
import { createBatcher } from "./blocks/batcher.ts";
import { type Block, BlockContent } from "./blocks/content.ts";
import { createPieces, type Pieces } from "./blocks/pieces.ts";
import type { IngestConfig } from "./config.ts";
import { createDecodeOptions } from "./decode/decodeConfig.ts";
import { createConfiguredLoader } from "./decode/registry/loader.ts";
import { createHousekeeping } from "./housekeeping.ts";
import { createEnd } from "./lanes/end.ts";
import { createEpochs, type Hold } from "./lanes/hold.ts";
import { createLander } from "./lanes/lander.ts";
import { createLane, type Lane } from "./lanes/lane.ts";
import { createLanes } from "./lanes/lanes.ts";
import { createWriter } from "./lanes/writer.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createMeters, type IngestStats } from "./meters/meters.ts";
import { arrive } from "./pipeline.ts";
import { createPrivacy } from "./privacy/privacy.ts";

export interface IngestDeps {
  readonly log: RecordLog;
  readonly store: ColumnStore;
  readonly config: IngestConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Told after every block whose rows are landed and committed: whoever works on them need not look again and again. */
  readonly onLanded?: () => void;
}

export interface Ingest {
  /** Creates the topics, checks the log against the ledger and begins to consume. */
  start(): Promise<void>;
  /** Resolves when every record produced before the call is landed or parked, and committed. Rejects when ingest has failed. */
  drain(): Promise<void>;
  /** Lands what is open, commits it and leaves the group, within INGEST_DRAIN_BUDGET. Never rejects; a failure is in `done`. */
  stop(): Promise<void>;
  stats(): IngestStats;
  /** Resolves after `stop`; rejects with what broke the service. */
  readonly done: Promise<void>;
}

const DRAIN_POLL_MS = 15;
/** The log's own rebalance takes a lost partition away sooner than this, if it does at all. */
const LOST_MS_MAX = 1_500;
const AGE_CHECKS_PER_AGE = 8;

/** The ingest service: bytes on a topic in, rows of `telemetry`, `dtc_events` and `rejected_records` out. */
export function createIngest(deps: IngestDeps): Ingest {
  return new IngestService(deps);
}

class IngestService implements Ingest {
  readonly #deps: IngestDeps;
  readonly #meters;
  readonly #ledger;
  readonly #epochs;
  readonly #protect;
  readonly #arriveQuickly;
  readonly #housekeeping;
  readonly #decodeOptions;
  readonly #schemaLoader;
  readonly #lander;
  readonly #lanes = createLanes();
  readonly #end = createEnd();
  /** Set by `start`, or by the first batch when that comes before `subscribe` has returned. */
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  /** Set while the group is joined again. */
  #joining: Promise<void> | undefined;

  constructor(deps: IngestDeps) {
    this.#deps = deps;
    const { config, store, now } = deps;
    this.#meters = createMeters(deps.metrics, { drainBudgetMs: config.ingestDrainBudget });
    this.#ledger = createLedger(deps);
    this.#epochs = createEpochs({ store, owner: randomUUID(), now });
    this.#protect = createPrivacy(config);
    this.#arriveQuickly = createQuickArrival(config);
    this.#decodeOptions = createDecodeOptions(config);
    this.#schemaLoader = createConfiguredLoader(config, this.#decodeOptions.schemas, now);
    this.#housekeeping = createHousekeeping({ ...deps, meters: this.#meters, lag: async () => (await this.#subscription?.lag()) ?? [] });
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
    await this.#subscribe();
    this.#timer = setInterval(() => this.#onTick(), Math.ceil(config.ingestBlockAge / AGE_CHECKS_PER_AGE));
    this.#timer.unref();
    this.#housekeeping.start();
  }

  async #subscribe(): Promise<void> {
    const { log, config } = this.#deps;
    this.#subscription = await log.source.subscribe({
      topics: [config.ingestTopic],
      group: config.ingestGroup,
      onBatch: (batch, subscription) => this.#accept(batch, subscription),
      onRevoked: (partitions) => this.#release(partitions),
      // Reports become columns, and what is parked is copied (arrive.ts).
      keepsNothing: true,
    });
    this.#subscription.done.catch((error: unknown) => this.#fail(error));
  }

  /**
   * A writer that was late to notice a rebalance may have claimed a partition that is ours by now. When the log does not take
   * away what we have lost, we join again: whoever the group then names claims last.
   */
  async #joinAgain(): Promise<void> {
    await sleep(LOST_MS_MAX);
    if (this.#isStopped || this.#end.signal.aborted || !this.#lanes.hasLost) return;
    this.#deps.logger.warn("a partition is held by somebody else, joining the group again");
    await this.#subscription?.close();
    this.#subscription = undefined;
    if (!this.#isStopped) await this.#subscribe();
  }

  async drain(): Promise<void> {
    const { log, config } = this.#deps;
    if (this.#subscription === undefined && this.#joining === undefined)
      throw new BellwetherError("log_unavailable", "ingest has not been started", { retryable: false });
    const targets = await log.endOffsets(config.ingestTopic);
    const hasArrived = (partition: number, lane: Lane) =>
      targets.some((target) => target.partition === partition && lane.nextOffset >= target.nextOffset);
    while (!(await this.#hasCommitted(targets))) {
      await this.#lanes.flush(hasArrived);
      await Promise.race([sleep(DRAIN_POLL_MS), this.#end.failed]);
      if (this.#isStopped)
        throw new BellwetherError("log_unavailable", "ingest was stopped before everything had landed", { retryable: false });
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#joining;
    const { config } = this.#deps;
    const impatient = setTimeout(() => this.#lanes.letGo(), config.ingestDrainBudget);
    await this.#drained(() => this.#lanes.flush()).catch((error: unknown) => this.#fail(error));
    await this.#subscription?.close().catch((error: unknown) => this.#fail(error));
    clearTimeout(impatient);
    await this.#housekeeping.stop();
    this.#end.stopped();
  }

  stats(): IngestStats {
    return this.#meters.stats();
  }

  async #accept({ topic, partition, records, highWatermark }: RecordBatch, subscription: Subscription): Promise<void> {
    this.#subscription ??= subscription;
    const [first] = records;
    if (first === undefined) return;
    const lane = await this.#lanes.at({ topic, partition }, () => this.#openLane(first));
    await this.#prepareSchemas(records, lane);
    const bytes = records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    this.#meters.arrived(records.length, bytes);
    this.#meters.lag.delivered(records, highWatermark);
    await lane.accept(records);
  }

  /** Decoding asks nobody, so schemas are there before it; while the registry is away the partition waits. */
  async #prepareSchemas(records: readonly LogRecord[], { hold }: Lane): Promise<void> {
    const loader = this.#schemaLoader;
    if (loader === undefined || hold.signal.aborted) return;
    try {
      await this.#lander.retried("schema", () => loader.prepare(records), hold);
    } catch (error) {
      // A partition that was lost meanwhile drops what it is given.
      if (!hold.signal.aborted) throw error;
    }
  }

  /** A lane begins with what an earlier run has left in flight from this offset on. */
  async #openLane({ topic, partition, offset }: LogRecord): Promise<Lane> {
    const { config, logger, now } = this.#deps;
    // Claimed before the plan is read: whatever an earlier holder announces after this, it will not insert.
    const hold = await this.#lander.retried("claim", () => this.#epochs.claim(topic, partition));
    const plan = await this.#lander.retried("plan", () => this.#ledger.plan(topic, partition, offset));
    if (plan.length > 0) logger.info({ topic, partition, offset, ranges: plan.length }, "going on with the blocks of an earlier run");
    const limits = { rows: config.ingestBlockRows, bytes: config.ingestBlockBytes, ageMs: config.ingestBlockAge };
    const pieces = createPieces();
    return createLane({
      batcher: createBatcher({ topic, partition, plan, limits, createContent: () => new BlockContent(pieces) }),
      hold,
      arrive: (record) => this.#arriveQuickly(record) ?? this.#protect(arrive(record, config, this.#decodeOptions)),
      land: (block) => this.#land(block, hold, pieces),
      isCrowded: () => this.#lanes.heldRows > config.ingestRowsHeld,
      now,
    });
  }

  async #land(block: Block, hold: Hold, pieces: Pieces): Promise<void> {
    try {
      await this.#lander.land(block, hold);
      // Not of a block that failed: an insert may still be reading it.
      pieces.give(block.content.telemetry);
    } catch (error) {
      if (hold.signal.aborted && !this.#end.signal.aborted) return this.#onFenced(block, hold);
      this.#fail(error);
      throw error;
    }
  }

  /** Nothing of the block is committed: whoever holds the partition now gets its records. */
  #onFenced({ topic, partition, firstOffset, lastOffset }: Block, { signal }: Hold): void {
    this.#meters.fenced();
    this.#joining ??= this.#joinAgain()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#joining = undefined;
      });
    this.#deps.logger.warn(
      { topic, partition, firstOffset, lastOffset, err: signal.reason },
      "a block was not written, its partition is lost",
    );
  }

  async #commit({ topic, partition, lastOffset }: Block): Promise<void> {
    await this.#subscription?.commit(topic, partition, lastOffset + 1);
    this.#meters.lag.committed({ topic, partition }, lastOffset + 1);
    this.#deps.onLanded?.();
  }

  async #release(partitions: readonly { topic: string; partition: number }[]): Promise<void> {
    await this.#drained(() => this.#lanes.release(partitions, this.#deps.config.ingestDrainBudget));
    for (const id of partitions) this.#meters.lag.forget(id);
  }

  /** Measures how long open blocks took to land, and whether the budget sufficed. */
  async #drained(drain: () => Promise<void>): Promise<void> {
    const { now, config } = this.#deps;
    const startedMs = now();
    await drain();
    const tookMs = now() - startedMs;
    this.#meters.drained(tookMs / 1000, tookMs < config.ingestDrainBudget ? "complete" : "cut_short");
  }

  #onTick(): void {
    this.#lanes.closeAged();
    this.#meters.heldRows(this.#lanes.heldRows);
    this.#meters.lag.show(this.#deps.now());
  }

  #fail(error: unknown): void {
    clearInterval(this.#timer);
    this.#housekeeping.stop().catch(() => undefined);
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
