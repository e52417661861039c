-- part_lives: how long a component of a model lasts, learnt anew each week from repairs (labels) and the vehicles not repaired, with
-- what it asks for in parts over the supplier's lead time and whether repairs come faster or slower. The report for the maker's
-- engineers. Serves: the newest week, per model. Size: one row per model, component and week.
CREATE TABLE IF NOT EXISTS part_lives
(
  -- Its Monday.
  week          Date,
  model         LowCardinality(String),
  component     LowCardinality(String),
  vehicles      UInt32,
  failures      UInt32,
  -- Weibull by age in months and by distance; NULL where the failures carry no fit.
  shape         Nullable(Float64),
  scale_months  Nullable(Float64),
  b10_months    Nullable(Float64),
  b10_low       Nullable(Float64),
  b10_high      Nullable(Float64),
  shape_km      Nullable(Float64),
  b10_km        Nullable(Float64),
  b10_km_low    Nullable(Float64),
  b10_km_high   Nullable(Float64),
  -- Crow-AMSAA over the fleet's vehicle-weeks: below 1 repairs become rarer.
  growth        Nullable(Float64),
  growth_low    Nullable(Float64),
  growth_high   Nullable(Float64),
  growth_trend  LowCardinality(String),
  lead_weeks    UInt16,
  quantity_low  Nullable(UInt32),
  quantity      Nullable(UInt32),
  quantity_high Nullable(UInt32),
  computed_at   DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, model, component)
SETTINGS non_replicated_deduplication_window = 10000;
