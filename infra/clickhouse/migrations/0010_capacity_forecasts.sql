-- health: why a value moved by more than half a point since the last one, what the charges of the window alone said, and what an
-- older version of the method had said for the same day (history is computed again when the version changes).
ALTER TABLE health ADD COLUMN IF NOT EXISTS cause LowCardinality(String) AFTER reason;
ALTER TABLE health ADD COLUMN IF NOT EXISTS window_ah Nullable(Float32) AFTER cause;
ALTER TABLE health ADD COLUMN IF NOT EXISTS previous_soh_pct Nullable(Float32) AFTER window_ah;
ALTER TABLE health ADD COLUMN IF NOT EXISTS previous_version UInt16 AFTER previous_soh_pct;

-- vehicles: the warranty's own limit on capacity and the day it ends, where they differ from the configured ones.
ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS warranty_soh_pct Nullable(Float32) AFTER region;
ALTER TABLE vehicles ADD COLUMN IF NOT EXISTS warranty_until Nullable(Date) AFTER warranty_soh_pct;

-- forecasts: per vehicle and week the months until its state of health crosses each limit, and the path with its 80 % interval,
-- kept so that coverage can be audited when the truth arrives. Arrays of one length: limits; horizons.
-- Serves: one vehicle's newest forecast and its history: vin, then day. Size: some 400 bytes per vehicle and week.
CREATE TABLE IF NOT EXISTS forecasts
(
  vin             LowCardinality(String),
  at              Date,
  method          LowCardinality(String),
  method_version  UInt16,
  -- Shape chosen for the model by back-test, or 'prior' without enough peers.
  shape           LowCardinality(String),
  peers           UInt32,
  -- Fewer than 50 past errors stand behind the interval.
  is_provisional  Bool,
  limit_kind      Array(LowCardinality(String)),
  limit_pct       Array(Float32),
  -- Months after `at`; NULL: not within the horizon.
  earliest_months Array(Nullable(Float32)),
  central_months  Array(Nullable(Float32)),
  latest_months   Array(Nullable(Float32)),
  horizon_months  Array(UInt16),
  soh_pct         Array(Float32),
  low80_pct       Array(Float32),
  high80_pct      Array(Float32),
  computed_at     DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(at)
ORDER BY (vin, at)
SETTINGS non_replicated_deduplication_window = 10000;
