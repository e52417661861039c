import { ACCOUNT_SQL } from "@bellwether/ingest/ledger/accountSql";
import { stat, table, timeseries } from "./panels.ts";
import type { DashboardSpec } from "./registry.ts";

/** Landed blocks of the chosen time, each once; FINAL: a block that was announced and then landed is one block. */
const LANDED = "FROM ingest_ledger FINAL WHERE state = 'landed' AND $__timeFilter(recorded_at)";

/** The statement of `bellwether ledger`, from the beginning of the chosen time on. */
const ACCOUNT = ACCOUNT_SQL.replace("{since:DateTime64(3, 'UTC')}", "$__fromTime").trim();

/** Whether ingest loses, doubles or delays anything, and what it could not read. Live rates and latencies are in Prometheus. */
export const ingestDashboard: DashboardSpec = {
  uid: "bellwether-ingest",
  title: "Bellwether · Ingest",
  description: "The account of every offset, dead letters and their replays, lateness, who holds which partition.",
  panels: [
    stat({
      title: "Records unaccounted for",
      description: "in - landed - ignored - parked, over all partitions; parked is counted in rejected_records. Must be 0.",
      sql: `SELECT sum(abs(unaccounted)) AS records FROM (${ACCOUNT})`,
    }),
    stat({
      title: "Offsets missing or covered twice",
      description: "Gaps between landed blocks and overlaps of them. Must be 0; a compacted or transactional topic has gaps by itself.",
      sql: `SELECT sum(gaps) + sum(doubles) AS offsets FROM (${ACCOUNT})`,
    }),
    stat({
      title: "Blocks announced and not landed",
      description: "In flight, or left by a writer that was stopped; more than a few for long means trouble.",
      sql: "SELECT count() AS blocks FROM ingest_ledger FINAL WHERE state = 'pending' AND $__timeFilter(recorded_at)",
    }),
    stat({
      title: "Parked share",
      description: "Records parked as dead letters, of all that came in.",
      unit: "percentunit",
      sql: `SELECT sum(rejected) / greatest(sum(records), 1) AS share ${LANDED}`,
    }),
    timeseries({
      title: "Records per minute",
      description: "What became of the records that came in.",
      sql: `SELECT toStartOfMinute(recorded_at) AS time, sum(landed) AS landed, sum(ignored) AS ignored, sum(rejected) AS parked
${LANDED} GROUP BY time ORDER BY time`,
    }),
    timeseries({
      title: "Reports per minute by format",
      description: "Rows that have landed, by when they were received; counted by a materialized view, once per block.",
      // FINAL: a block that reached the view twice is one row; the view's rows are few.
      sql: `SELECT minute AS time, format, sum(reports) AS reports
FROM ingest_rollup FINAL WHERE $__timeFilter(minute) GROUP BY time, format ORDER BY time`,
    }),
    timeseries({
      title: "Block size",
      description: "Rows per insert block, median and largest. Many small blocks mean an age limit that is short for the load.",
      sql: `SELECT toStartOfMinute(recorded_at) AS time, quantile(0.5)(samples) AS p50, max(samples) AS largest, count() AS blocks
${LANDED} GROUP BY time ORDER BY time`,
    }),
    timeseries({
      title: "Parked per hour by reason",
      description: "A reason that rises at once is a change at a sender; one that rises slowly is a fleet that grows old.",
      sql: `SELECT toStartOfHour(received_time) AS time, reason, count() AS records
FROM rejected_records FINAL WHERE $__timeFilter(received_time) GROUP BY time, reason ORDER BY time`,
    }),
    timeseries({
      title: "From the log to the ledger",
      description:
        "Newest event time of a block until the block was recorded as landed, median and 95th percentile; a replayed past is old by design.",
      unit: "s",
      sql: `SELECT toStartOfMinute(recorded_at) AS time,
  quantile(0.5)(dateDiff('millisecond', max_event_time, recorded_at)) / 1000 AS p50,
  quantile(0.95)(dateDiff('millisecond', max_event_time, recorded_at)) / 1000 AS p95
${LANDED} AND max_event_time IS NOT NULL GROUP BY time ORDER BY time`,
    }),
    table({
      title: "Account per partition",
      description: "The same as `bellwether ledger`, for blocks recorded in the chosen time.",
      sql: ACCOUNT,
    }),
    table({
      title: "Dead letters",
      description: "Newest first; the origin is what `bellwether dead-letters show` takes.",
      sql: `SELECT max(received_time) AS last_seen, min(received_time) AS first_seen,
  concat(origin_topic, ':', toString(origin_partition), ':', toString(origin_offset)) AS origin,
  argMax(reason, attempt) AS reason, any(key) AS key, max(raw_bytes) AS bytes, max(attempt) AS failed_replays, argMax(detail, attempt) AS detail
FROM rejected_records FINAL WHERE $__timeFilter(received_time)
GROUP BY origin_topic, origin_partition, origin_offset ORDER BY last_seen DESC LIMIT 200`,
    }),
    table({
      title: "Replays",
      description: "Dead letters sent through the pipeline again; claimed and neither sent nor arrived means a replay that was cut short.",
      sql: `SELECT toStartOfHour(at) AS hour, countIf(state = 'claimed') AS claimed, countIf(state = 'sent') AS sent, countIf(state = 'arrived') AS arrived
FROM dead_letter_replays FINAL WHERE $__timeFilter(at) GROUP BY hour ORDER BY hour DESC LIMIT 100`,
    }),
    table({
      title: "Who holds which partition",
      description: "The newest epoch may write. Many epochs in an hour are a group that cannot settle.",
      sql: `SELECT log_topic AS topic, log_partition AS partition, max(epoch) AS newest_epoch, argMax(owner, (epoch, owner)) AS holder, max(claimed_at) AS since,
  countIf(claimed_at > $__toTime - INTERVAL 1 HOUR) AS epochs_in_last_hour
FROM ingest_epochs FINAL GROUP BY topic, partition ORDER BY topic, partition`,
    }),
    table({
      title: "Vehicles that report with gaps or late",
      description: "Vehicle-days with the most time missing between the first and the last report.",
      sql: `SELECT vin, day, reports, interval_s, gaps, gap_s, longest_gap_s, lateness_p50_s, lateness_max_s, reissued, out_of_order
FROM report_scores FINAL WHERE $__timeFilter(toDateTime(day)) ORDER BY gap_s DESC LIMIT 200`,
    }),
  ],
};
