import type { Metrics } from "@bellwether/runtime/metrics";
import type { Block } from "./block.ts";

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
}

export interface Meters {
  arrived(records: number): void;
  landed(block: Block): void;
  stageDone(stage: string, seconds: number): void;
  stageRetried(stage: string): void;
  lag(topic: string, partition: number, records: number): void;
  stats(): IngestStats;
}

/** Counts what goes in and what becomes of it, for the metrics page and for `stats()`. */
export function createMeters(metrics: Metrics): Meters {
  const count = (name: string, help: string, labels: readonly string[] = []) =>
    metrics.counter({ name: `bellwether_ingest_${name}_total`, help, labels });
  const inCounter = count("records_in", "Records taken from the log.");
  const landedCounter = count("records_landed", "Records of which every report has landed.");
  const samplesCounter = count("samples_landed", "Reports inserted into telemetry.");
  const rejectedCounter = count("records_rejected", "Records parked as dead letters.", ["reason"]);
  const ignoredCounter = count("messages_ignored", "Messages that need no row.", ["kind"]);
  const retryCounter = count("stage_retries", "Stages tried again after a failure.", ["stage"]);
  const rowsHistogram = metrics.histogram({
    name: "bellwether_ingest_block_rows",
    help: "Rows per insert block.",
    buckets: [1, 10, 100, 1000, 5000, 10_000, 20_000, 65_409],
  });
  const stageHistogram = metrics.histogram({
    name: "bellwether_ingest_stage_seconds",
    help: "Time of one block in one stage, retries included; `write` is the insert.",
    labels: ["stage"],
    buckets: [0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  });
  const lagGauge = metrics.gauge({
    name: "bellwether_ingest_lag_records",
    help: "Records in the log behind the last one taken.",
    labels: ["topic", "partition"],
  });
  const totals = { records: 0, landed: 0, samples: 0, ignoredRecords: 0, blocks: 0 };
  const rejected: Record<string, number> = {};
  const ignored: Record<string, number> = {};

  function landed({ content }: Block): void {
    for (const [kind, messages] of content.ignored) {
      ignored[kind] = (ignored[kind] ?? 0) + messages;
      ignoredCounter.inc({ kind }, messages);
    }
    for (const { record } of content.parked) {
      const { reason } = record.rejection;
      rejected[reason] = (rejected[reason] ?? 0) + 1;
      rejectedCounter.inc({ reason });
    }
    totals.landed += content.landedRecords;
    totals.ignoredRecords += content.ignoredRecords;
    totals.samples += content.rows;
    totals.blocks++;
    landedCounter.inc(content.landedRecords);
    samplesCounter.inc(content.rows);
    rowsHistogram.observe(content.rows);
  }

  return {
    arrived(records) {
      totals.records += records;
      inCounter.inc(records);
    },
    landed,
    stageDone: (stage, seconds) => stageHistogram.observe({ stage }, seconds),
    stageRetried: (stage) => retryCounter.inc({ stage }),
    lag: (topic, partition, records) => lagGauge.set({ topic, partition }, records),
    stats: () => ({ ...totals, rejected: { ...rejected }, ignored: { ...ignored } }),
  };
}
