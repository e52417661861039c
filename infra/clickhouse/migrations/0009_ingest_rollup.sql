-- ingest_rollup: reports per block, minute of receipt and format, filled by a materialized view of telemetry.
-- Serves: reports and lateness per minute on the ingest dashboard without reading telemetry, and a second count of what has landed
-- that the fault campaign compares with what was produced.
-- The key names the block's offsets, so a block that reaches the view twice (crash between the token and the rows, another
-- token afterwards) is one row: sums need FINAL, which on these few rows costs little. The greater count wins, because rows that are written anew from
-- telemetry count a report once that was sent twice. One row per block, minute and format: 3 months of 4 partitions with a block
-- a second are 30 million rows of a few bytes.
CREATE TABLE IF NOT EXISTS ingest_rollup
(
  log_topic     LowCardinality(String),
  log_partition UInt16,
  first_offset  UInt64 CODEC(Delta(8), ZSTD(1)),
  last_offset   UInt64 CODEC(Delta(8), ZSTD(1)),
  minute        DateTime('UTC') CODEC(Delta(4), ZSTD(1)),
  format        LowCardinality(String),
  reports       UInt32,
  reissued      UInt32,
  -- Receive time minus event time, summed over reports that are no reissues; a vehicle's clock ahead counts as 0.
  lateness_s    Float64
)
ENGINE = ReplacingMergeTree(reports)
PARTITION BY toYYYYMM(minute)
ORDER BY (minute, log_topic, log_partition, format, first_offset, last_offset)
TTL minute + INTERVAL 90 DAY
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS ingest_rollup_view TO ingest_rollup AS
SELECT log_topic, log_partition, min(log_offset) AS first_offset, max(log_offset) AS last_offset,
  toStartOfMinute(toDateTime(received_time, 'UTC')) AS minute, format,
  toUInt32(count()) AS reports, toUInt32(countIf(is_reissue)) AS reissued,
  sumIf(greatest(toUnixTimestamp64Milli(received_time) - toUnixTimestamp64Milli(event_time), 0), NOT is_reissue) / 1000 AS lateness_s
FROM telemetry
GROUP BY log_topic, log_partition, minute, format;
