-- charging_sessions: one row per charge, computed by analytics from telemetry; recomputed when late data arrives.
-- Serves: one vehicle's sessions over a window of days, hence vin and time.
CREATE TABLE IF NOT EXISTS charging_sessions
(
  vin             LowCardinality(String),
  started_at      DateTime64(3, 'UTC'),
  ended_at        DateTime64(3, 'UTC'),
  -- Tick-cut: from the first row of the first SOC increment to the first row of the last one.
  soc_start_pct   Float32,
  soc_end_pct     Float32,
  tick_soc_pct    Float32,
  tick_charge_ah  Float64,
  charge_ah       Float64,
  energy_kwh      Float64,
  max_gap_s       Float32,
  samples         UInt32,
  current_mean_a  Float32,
  temp_mean_c     Nullable(Float32),
  is_dc           Bool,
  computed_at     DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(started_at)
ORDER BY (vin, started_at)
SETTINGS non_replicated_deduplication_window = 10000;

-- cell_daily: per vehicle, day and load state, each cell's deviation from the pack median of its row.
-- Serves: the series of the vehicles whose day closes, and the heat map of one vehicle: vin, then day.
CREATE TABLE IF NOT EXISTS cell_daily
(
  vin              LowCardinality(String),
  day              Date,
  load             Enum8('rest' = 1, 'charge' = 2, 'drive' = 3),
  samples          UInt32,
  cells            UInt16,
  -- Element i belongs to cell i+1; NULL where the cell had no usable reading that day.
  deviation_mean_v Array(Nullable(Float32)),
  deviation_sd_v   Array(Nullable(Float32)),
  -- Lowest single deviation of the day: a dip that the mean hides.
  deviation_min_v  Array(Nullable(Float32)),
  -- -cov(current, deviation) / var(current), discharge positive: > 0 means this cell sags more under load than the pack.
  excess_resistance_ohm Array(Nullable(Float32)),
  -- Rows in which this cell was the lowest of the pack.
  lowest           Array(UInt32),
  usable           Array(UInt32),
  -- Readings of this cell outside 1.5..4.5 V (0 V, 5 V, 66 V).
  implausible      Array(UInt32),
  -- Cells whose voltage never moved while the pack's moved: a stuck channel.
  stuck            Array(Bool),
  current_mean_a   Nullable(Float32),
  current_sd_a     Nullable(Float32),
  soc_mean_pct     Nullable(Float32),
  computed_at      DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(day)
ORDER BY (vin, day, load)
SETTINGS non_replicated_deduplication_window = 10000, index_granularity = 64;

-- health: present capacity and state of health with interval, one row per vehicle and week.
-- Serves: one vehicle's trend and the newest value of each.
CREATE TABLE IF NOT EXISTS health
(
  vin            LowCardinality(String),
  at             Date,
  method         LowCardinality(String),
  method_version UInt16,
  verdict        Enum8('ok' = 1, 'not_enough_evidence' = 2),
  capacity_ah    Nullable(Float32),
  low_ah         Nullable(Float32),
  high_ah        Nullable(Float32),
  soh_pct        Nullable(Float32),
  soh_low_pct    Nullable(Float32),
  soh_high_pct   Nullable(Float32),
  reference_ah   Nullable(Float32),
  sessions       UInt16,
  accuracy_class LowCardinality(String),
  reason         String,
  computed_at    DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (vin, at, method)
SETTINGS non_replicated_deduplication_window = 10000;

-- not_evaluated: nothing silent. What could not be judged, for which vehicle and day, and why.
CREATE TABLE IF NOT EXISTS not_evaluated
(
  vin         LowCardinality(String),
  day         Date,
  source_id   LowCardinality(String),
  reason      LowCardinality(String),
  samples     UInt32,
  computed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (vin, day, source_id, reason)
SETTINGS non_replicated_deduplication_window = 10000;
