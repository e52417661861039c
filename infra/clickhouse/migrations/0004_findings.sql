-- findings: latest state of every finding (findingSchema in infra/contracts); evidence as JSON text.
-- Serves: one vehicle's findings; lists over the fleet scan it, which thousands of findings allow.
CREATE TABLE IF NOT EXISTS findings
(
  vin            LowCardinality(String),
  id             String,
  source_kind    Enum8('rule' = 1, 'detector' = 2),
  source_id      LowCardinality(String),
  source_version UInt32,
  component      LowCardinality(String),
  severity       Enum8('info' = 1, 'advice' = 2, 'warning' = 3, 'critical' = 4),
  state          Enum8('active' = 1, 'cleared' = 2),
  first_seen     DateTime64(3, 'UTC'),
  last_seen      DateTime64(3, 'UTC'),
  cell           Nullable(UInt16),
  evidence       String,
  sentence       String,
  sentence_zh    String,
  -- Grows with every update of the same finding, so the newest wins whatever the order of arrival.
  revision       UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (vin, id)
SETTINGS non_replicated_deduplication_window = 10000;

-- labels: ground truth from workshops and engineers (labelSchema).
CREATE TABLE IF NOT EXISTS labels
(
  id        String,
  vin       LowCardinality(String),
  component LowCardinality(String),
  outcome   LowCardinality(String),
  alert_id  Nullable(String),
  source_id Nullable(String),
  given_by  String,
  at        DateTime64(3, 'UTC'),
  note      String,
  revision  UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (vin, id)
SETTINGS non_replicated_deduplication_window = 10000;

-- engine_state: what analytics has processed and where each rule stands per vehicle, so a restart goes on exactly there.
CREATE TABLE IF NOT EXISTS engine_state
(
  scope    LowCardinality(String),
  key      String,
  value    String,
  revision UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (scope, key)
SETTINGS non_replicated_deduplication_window = 10000;

-- vehicles: master data analytics needs; no personal data.
CREATE TABLE IF NOT EXISTS vehicles
(
  vin         LowCardinality(String),
  model       LowCardinality(String),
  chemistry   LowCardinality(String),
  nominal_ah  Nullable(Float32),
  cells       Nullable(UInt16),
  built_on    Nullable(Date),
  region      LowCardinality(String),
  revision    UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY vin
SETTINGS non_replicated_deduplication_window = 10000;
