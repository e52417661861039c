import type { Metrics } from "@bellwether/runtime/metrics";
import { shapeOf } from "../arrival/shape.ts";
import type { Block } from "../blocks/content.ts";
import { createLagMeter, type LagMeter } from "./lagMeter.ts";

export interface IngestStats {
  /** Records taken from the log since the start. Once drained, records = landed + rejected + ignored. */
  readonly records: number;
  /** Records of which every report has landed. */
  readonly landed: number;
  /** Rows inserted; a record with glued frames gives several. */
  readonly samples: number;
  /** Records parked, by reason. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Messages that need no row, by kind. */
  readonly ignored: Readonly<Record<string, number>>;
  /** Records that hold nothing but such messages. */
  readonly ignoredRecords: number;
  readonly blocks: number;
  /** Blocks that were not written because the partition was somebody else's by then. */
  readonly fenced: number;
}

export interface Meters {
  readonly lag: LagMeter;
  arrived(records: number, bytes: number): void;
  landed(block: Block, nowMs: number): void;
  fenced(): void;
  stageDone(stage: string, seconds: number): void;
  stageRetried(stage: string): void;
  drained(seconds: number, outcome: "complete" | "cut_short"): void;
  heldRows(rows: number): void;
  stats(): IngestStats;
}

const AGE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600];

/** Counts what goes in and what becomes of it, for the metrics page and for `stats()`. */
export function createMeters(metrics: Metrics, { drainBudgetMs }: { drainBudgetMs: number }): Meters {
  const counters = createCounters(metrics);
  const histograms = createHistograms(metrics);
  const heldGauge = metrics.gauge({ name: "bellwether_ingest_held_rows", help: "Rows in open blocks, not yet landing." });
  metrics
    .gauge({ name: "bellwether_ingest_drain_budget_seconds", help: "Longest a stop or a revoked partition waits for open blocks to land." })
    .set(drainBudgetMs / 1000);
  const totals = { records: 0, landed: 0, samples: 0, ignoredRecords: 0, blocks: 0, fenced: 0 };
  const rejected: Record<string, number> = {};
  const ignored: Record<string, number> = {};

  function countOutcomes({ content }: Block): void {
    for (const [kind, messages] of content.ignored) {
      ignored[kind] = (ignored[kind] ?? 0) + messages;
      counters.ignored.inc({ kind }, messages);
    }
    for (const { record } of content.parked) {
      const { reason } = record.rejection;
      rejected[reason] = (rejected[reason] ?? 0) + 1;
      counters.rejected.inc({ reason });
      counters.decodeErrors.inc({ format: record.isSealed ? "sealed" : shapeOf(record.value), reason });
    }
    totals.landed += content.landedRecords;
    totals.ignoredRecords += content.ignoredRecords;
    totals.samples += content.rows;
    totals.blocks++;
  }

  return {
    lag: createLagMeter(metrics),
    arrived(records, bytes) {
      totals.records += records;
      counters.records.inc(records);
      counters.bytes.inc(bytes);
    },
    landed(block, nowMs) {
      countOutcomes(block);
      const { landedRecords, ignoredRecords, rows, oldestLoggedMs } = block.content;
      counters.landed.inc(landedRecords);
      counters.ignoredRecords.inc(ignoredRecords);
      counters.samples.inc(rows);
      histograms.rows.observe(rows);
      if (Number.isFinite(oldestLoggedMs)) histograms.age.observe(Math.max(0, nowMs - oldestLoggedMs) / 1000);
    },
    fenced() {
      totals.fenced++;
      counters.fenced.inc();
    },
    stageDone: (stage, seconds) => histograms.stage.observe({ stage }, seconds),
    stageRetried: (stage) => counters.retries.inc({ stage }),
    drained: (seconds, outcome) => histograms.drain.observe({ outcome }, seconds),
    heldRows: (rows) => heldGauge.set(rows),
    stats: () => ({ ...totals, rejected: { ...rejected }, ignored: { ...ignored } }),
  };
}

function createCounters(metrics: Metrics) {
  const count = (name: string, help: string, labels: readonly string[] = []) =>
    metrics.counter({ name: `bellwether_ingest_${name}_total`, help, labels });
  return {
    records: count("records_in", "Records taken from the log."),
    bytes: count("bytes_in", "Payload bytes taken from the log."),
    landed: count("records_landed", "Records of which every report has landed."),
    samples: count("samples_landed", "Reports inserted into telemetry."),
    rejected: count("records_rejected", "Records parked as dead letters.", ["reason"]),
    decodeErrors: count("decode_errors", "Records parked, by what their bytes look like.", ["format", "reason"]),
    ignored: count("messages_ignored", "Messages that need no row.", ["kind"]),
    ignoredRecords: count("records_ignored", "Records that hold nothing but messages that need no row."),
    fenced: count("blocks_fenced", "Blocks not written because the partition had been lost."),
    retries: count("stage_retries", "Stages tried again after a failure.", ["stage"]),
  };
}

function createHistograms(metrics: Metrics) {
  return {
    rows: metrics.histogram({
      name: "bellwether_ingest_block_rows",
      help: "Rows per insert block.",
      buckets: [1, 10, 100, 1000, 5000, 10_000, 20_000, 65_409],
    }),
    age: metrics.histogram({
      name: "bellwether_ingest_block_age_seconds",
      help: "Age of a block's oldest record when the block had landed: from the log to queryable.",
      buckets: AGE_BUCKETS,
    }),
    stage: metrics.histogram({
      name: "bellwether_ingest_stage_seconds",
      help: "Time of one block in one stage, retries included; `write` is the insert.",
      labels: ["stage"],
      buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    }),
    drain: metrics.histogram({
      name: "bellwether_ingest_drain_seconds",
      help: "Time to land open blocks at a stop or when partitions were revoked; `cut_short` where the budget ran out.",
      labels: ["outcome"],
      buckets: AGE_BUCKETS,
    }),
  };
}
