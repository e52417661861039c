-- What ingest needs to account for every offset: landed counted apart, dead letters with their bytes, who holds a
-- partition, what was replayed, and how well each vehicle reports.

-- Records of which every report has landed. Rows written before this column existed get what the identity says.
ALTER TABLE ingest_ledger ADD COLUMN IF NOT EXISTS landed UInt32 DEFAULT records - ignored - rejected;

-- rejected_records is the dead-letter store: one row per parked offset, deduplicated like everything else (the topic is
-- at least once). Serves: list by reason and time, show one by origin, replay. Bytes are base64, because they may be
-- anything; ZSTD takes back what base64 adds. With INGEST_VIN_MODE=pseudonym or a position limit they are sealed.
ALTER TABLE rejected_records
  ADD COLUMN IF NOT EXISTS raw_base64 String CODEC(ZSTD(3)),
  ADD COLUMN IF NOT EXISTS key_base64 String CODEC(ZSTD(3)),
  -- JSON object of the record's headers.
  ADD COLUMN IF NOT EXISTS headers String CODEC(ZSTD(3)),
  ADD COLUMN IF NOT EXISTS is_sealed Bool,
  -- False where the record was larger than what is kept of one: it cannot be replayed.
  ADD COLUMN IF NOT EXISTS is_whole Bool,
  -- Where the bytes first came from: a replayed record that fails again is the same dead letter, not a second one.
  ADD COLUMN IF NOT EXISTS origin_topic LowCardinality(String) DEFAULT log_topic,
  ADD COLUMN IF NOT EXISTS origin_partition UInt16 DEFAULT log_partition,
  ADD COLUMN IF NOT EXISTS origin_offset UInt64 DEFAULT log_offset,
  -- 0 for the first time, otherwise the number of the replay that failed again.
  ADD COLUMN IF NOT EXISTS attempt UInt16;

-- dead_letter_replays: what became of each replay. claimed: about to be sent; sent: the log has it; arrived: ingest has
-- landed or parked it. A claim that was neither sent nor has arrived is sent again.
CREATE TABLE IF NOT EXISTS dead_letter_replays
(
  origin_topic     LowCardinality(String),
  origin_partition UInt16,
  origin_offset    UInt64,
  attempt          UInt16,
  state            Enum8('claimed' = 1, 'sent' = 2, 'arrived' = 3),
  at               DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (origin_topic, origin_partition, origin_offset, attempt, state)
SETTINGS non_replicated_deduplication_window = 10000;

-- ingest_epochs: who may write a partition: the greatest (epoch, owner). One row per assignment.
CREATE TABLE IF NOT EXISTS ingest_epochs
(
  log_topic     LowCardinality(String),
  log_partition UInt16,
  epoch         UInt64,
  owner         String,
  claimed_at    DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(claimed_at)
ORDER BY (log_topic, log_partition, epoch, owner)
SETTINGS non_replicated_deduplication_window = 10000;

-- report_scores: how completely and how late each vehicle reported, per day of event time; written anew when late reports
-- land. Serves: quality gates of analytics, the ingest dashboard.
CREATE TABLE IF NOT EXISTS report_scores
(
  vin            LowCardinality(String),
  day            Date,
  reports        UInt32,
  reissued       UInt32,
  -- Median time between neighbouring reports; 0 with fewer than two.
  interval_s     Float32,
  -- Stretches of more than three intervals and more than a minute without a report, inside the day's first and last report.
  gaps           UInt32,
  gap_s          Float32,
  longest_gap_s  Float32,
  -- Receive time minus event time of first sendings; reissues are late by design.
  lateness_p50_s Float32,
  lateness_max_s Float32,
  -- Reports received right after a report of a later instant.
  out_of_order   UInt32,
  computed_at    DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(day)
ORDER BY (vin, day)
SETTINGS non_replicated_deduplication_window = 10000;
