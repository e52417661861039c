-- daily_features: named numbers of one vehicle's day, one row per feature family (analytics/src/features/families.ts lists
-- the families, their features and units). A missing feature is absent from the map, never 0.
-- Serves: the series of the vehicles whose day closes (by vin, then day), peers of one day, exports.
CREATE TABLE IF NOT EXISTS daily_features
(
  vin         LowCardinality(String),
  day         Date,
  family      LowCardinality(String),
  -- Telemetry rows the features rest on.
  samples     UInt32,
  features    Map(LowCardinality(String), Float64) CODEC(ZSTD(1)),
  computed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(day)
ORDER BY (vin, day, family)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 512;
