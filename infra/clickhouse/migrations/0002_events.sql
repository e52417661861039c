-- dtc_events: trouble codes and alarm flags, one row per report that carries them. Code systems are kept apart.
-- Serves: one code's history on one vehicle, so code stands before time in the key. These tables are small beside
-- telemetry; their codecs are the engine's default, not measured.
CREATE TABLE IF NOT EXISTS dtc_events
(
  vin           LowCardinality(String),
  event_time    DateTime64(3, 'UTC'),
  system        LowCardinality(String),
  code          LowCardinality(String),
  level         Nullable(UInt8),
  received_time DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(received_time)
PARTITION BY toYYYYMM(event_time)
ORDER BY (vin, system, code, event_time)
SETTINGS non_replicated_deduplication_window = 10000;

-- rejected_records: what was parked, countable by reason; 0005 adds the raw bytes.
-- Serves: counts by reason, one record by its origin; the origin is the key, so a record parked twice is one row.
CREATE TABLE IF NOT EXISTS rejected_records
(
  log_topic     LowCardinality(String),
  log_partition UInt16,
  log_offset    UInt64,
  reason        LowCardinality(String),
  detail        String,
  received_time DateTime64(3, 'UTC'),
  key           String,
  raw_bytes     UInt32
)
ENGINE = ReplacingMergeTree(received_time)
ORDER BY (log_topic, log_partition, log_offset)
SETTINGS non_replicated_deduplication_window = 10000;

-- ingest_ledger: one row per insert block: which offsets it covers and what became of them.
-- Serves: what is pending or landed beyond an offset of one partition (start-up), sums per partition (bellwether ledger).
CREATE TABLE IF NOT EXISTS ingest_ledger
(
  log_topic      LowCardinality(String),
  log_partition  UInt16,
  first_offset   UInt64,
  last_offset    UInt64,
  state          Enum8('pending' = 1, 'landed' = 2),
  records        UInt32,
  samples        UInt32,
  ignored        UInt32,
  rejected       UInt32,
  min_event_time Nullable(DateTime64(3, 'UTC')),
  max_event_time Nullable(DateTime64(3, 'UTC')),
  recorded_at    DateTime64(3, 'UTC'),
  -- An Enum cannot be the version of a ReplacingMergeTree, and a clock that steps back must not let 'pending' win.
  state_rank     UInt8 MATERIALIZED CAST(state AS UInt8)
)
ENGINE = ReplacingMergeTree(state_rank)
ORDER BY (log_topic, log_partition, first_offset, last_offset)
SETTINGS non_replicated_deduplication_window = 10000;
