import { stat, table, timeseries } from "./panels.ts";
import type { DashboardSpec } from "./registry.ts";

/** Whether the pipeline itself is well: in = landed + ignored + parked, how late, what could not be judged. */
export const pipelineHealthDashboard: DashboardSpec = {
  uid: "bellwether-pipeline",
  title: "Bellwether · Pipeline health",
  description: "Ingest's account of every offset, delay, dead letters, and what analytics could not evaluate.",
  panels: [
    stat({
      title: "Records landed",
      description: "Records of landed blocks in the ledger.",
      sql: "SELECT sum(records) AS records FROM ingest_ledger FINAL WHERE state = 'landed' AND $__timeFilter(recorded_at)",
    }),
    stat({
      title: "Records parked",
      description: "Records sent to the dead-letter topic with a reason.",
      sql: "SELECT sum(rejected) AS records FROM ingest_ledger FINAL WHERE state = 'landed' AND $__timeFilter(recorded_at)",
    }),
    stat({
      title: "Blocks in flight",
      description: "Blocks whose insert was announced and has not been confirmed; more than a few for long means trouble.",
      sql: "SELECT count() AS blocks FROM ingest_ledger FINAL WHERE state = 'pending'",
    }),
    stat({
      title: "Offsets unaccounted for",
      description: "Offsets between the first and the last landed block that no block covers, plus offsets covered twice. Must be 0.",
      sql: `SELECT sum(abs(toInt64(span) - toInt64(covered))) AS offsets FROM (
  SELECT log_topic, log_partition, max(last_offset) - min(first_offset) + 1 AS span, sum(last_offset - first_offset + 1) AS covered
  FROM ingest_ledger FINAL WHERE state = 'landed' GROUP BY log_topic, log_partition
)`,
    }),
    timeseries({
      title: "Records per hour by outcome",
      description: "Samples landed, records ignored (login, heartbeat) and parked.",
      sql: `SELECT toStartOfHour(recorded_at) AS time, sum(samples) AS landed, sum(ignored) AS ignored, sum(rejected) AS parked
FROM ingest_ledger FINAL WHERE state = 'landed' AND $__timeFilter(recorded_at)
GROUP BY time ORDER BY time`,
    }),
    timeseries({
      title: "Delay from reading to receipt",
      description: "How late reports arrive, 50th and 99th percentile per hour; reissued reports are late by design.",
      unit: "s",
      sql: `SELECT toStartOfHour(event_time) AS time,
  quantile(0.5)(dateDiff('millisecond', event_time, received_time)) / 1000 AS p50,
  quantile(0.99)(dateDiff('millisecond', event_time, received_time)) / 1000 AS p99
FROM telemetry WHERE $__timeFilter(event_time) AND NOT is_reissue
GROUP BY time ORDER BY time`,
    }),
    table({
      title: "Dead letters by reason",
      description: "Why records were parked.",
      sql: `SELECT reason, count() AS records, max(received_time) AS last_seen, anyLast(detail) AS example
FROM rejected_records FINAL WHERE $__timeFilter(received_time)
GROUP BY reason ORDER BY records DESC`,
    }),
    table({
      title: "Not evaluated, by source and reason",
      description: "Vehicle-days a rule or detector could not judge: nothing is silent.",
      sql: `SELECT source_id AS source, reason, uniqExact(vin) AS vehicles, count() AS vehicle_days, sum(samples) AS samples
FROM not_evaluated FINAL WHERE $__timeFilter(toDateTime(day))
GROUP BY source, reason ORDER BY vehicle_days DESC LIMIT 200`,
    }),
  ],
};
