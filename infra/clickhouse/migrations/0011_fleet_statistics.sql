-- peer_statistics: what is usual in a vehicle's group, once per day: over the group's vehicles, each with its median of the
-- seven days before. Written when the first vehicle's day closes and never after, so that every vehicle of that day, live,
-- restarted or in a replay, is compared with the same numbers. A row of family '' says that the day is complete.
-- Serves: the groups of one day, whole. Size: groups x features (some hundreds of rows) per day.
CREATE TABLE IF NOT EXISTS peer_statistics
(
  day         Date,
  group_kind  LowCardinality(String),
  group_name  LowCardinality(String),
  family      LowCardinality(String),
  feature     LowCardinality(String),
  vehicles    UInt32,
  median      Float64,
  -- Median absolute deviation, not scaled.
  mad         Float64,
  -- At 0, 5, ... 100 %.
  quantiles   Array(Float64),
  computed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(day)
ORDER BY (day, group_kind, group_name, family, feature)
SETTINGS non_replicated_deduplication_window = 10000;

-- data_quality: how much of a vehicle's week was seen, and what in it cannot be trusted (methods 0.2). Written anew with every
-- day of the week that closes.
-- Serves: one vehicle's weeks, the fleet's vehicles below a coverage.
CREATE TABLE IF NOT EXISTS data_quality
(
  vin               LowCardinality(String),
  -- Its Monday.
  week              Date,
  days              UInt8,
  -- Shares of the distance driven and of the charge taken in while reports came close enough; NULL without any.
  driving_coverage  Nullable(Float32),
  charging_coverage Nullable(Float32),
  interval_s        Nullable(Float32),
  -- What in the week's data is not right; closed list in analytics/src/detectors/dataQuality.
  problems          Array(LowCardinality(String)),
  computed_at       DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (vin, week)
SETTINGS non_replicated_deduplication_window = 10000;

-- fleet_findings: what holds for a group of vehicles at once, above all a common cause behind single findings: those carry its id.
-- Serves: the newest ones, one by id.
CREATE TABLE IF NOT EXISTS fleet_findings
(
  id          String,
  day         Date,
  kind        LowCardinality(String),
  source_id   LowCardinality(String),
  group_kind  LowCardinality(String),
  group_name  LowCardinality(String),
  -- How many of the group's vehicles, how many were expected, and how many could have been.
  vehicles    UInt32,
  expected    Float64,
  group_size  UInt32,
  p_value     Float64,
  vins        Array(String),
  evidence    String,
  sentence    String,
  sentence_zh String,
  revision    UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY id
SETTINGS non_replicated_deduplication_window = 10000;
