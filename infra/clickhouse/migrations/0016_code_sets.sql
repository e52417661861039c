-- code_sets: which trouble codes, alone or in pairs, have preceded repairs of a component, learnt anew each week from all of
-- history. Serves: the newest week, strongest first.
CREATE TABLE IF NOT EXISTS code_sets
(
  -- Its Monday.
  week         Date,
  -- One or two of system:code, sorted.
  codes        Array(String),
  component    LowCardinality(String),
  horizon_days UInt16,
  -- Times the codes came together, and how many of them a repair followed.
  occurrences  UInt32,
  followed     UInt32,
  -- Share followed with its 90 % interval, and over the share of any such stretch of time.
  precision    Float64,
  low90        Float64,
  high90       Float64,
  lift         Float64,
  lift_low     Float64,
  lead_days    Nullable(Float64),
  computed_at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, component, codes)
SETTINGS non_replicated_deduplication_window = 10000;
