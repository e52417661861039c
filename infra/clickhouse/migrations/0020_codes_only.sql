-- dtc_events: which record of the log a code came in, as telemetry has it, so that cars that send codes and nothing else are judged
-- when their records have landed and not before. Rows from before this migration have an empty topic.
ALTER TABLE dtc_events
  ADD COLUMN IF NOT EXISTS log_topic LowCardinality(String),
  ADD COLUMN IF NOT EXISTS log_partition UInt16,
  ADD COLUMN IF NOT EXISTS log_offset UInt64;

-- cold_forecasts: lowest temperature to expect in a region (vehicles.region) from a day to another, from a weather service or a table
-- of long-term minima; any client of the store may write them, the newest revision counts. Serves: what holds on a day: few rows.
CREATE TABLE IF NOT EXISTS cold_forecasts
(
  region     LowCardinality(String),
  from_day   Date,
  until_day  Date,
  min_c      Float32,
  -- Where the number is from, in words.
  source     LowCardinality(String),
  revision   UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (region, from_day, until_day)
SETTINGS non_replicated_deduplication_window = 10000;
