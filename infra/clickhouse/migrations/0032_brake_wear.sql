-- brake_wear: how much a model's pads wear per energy they take up, per axle, learnt from cars that measure their pads and from repair
-- orders; model '' is the fleet, for models without either. Written once per week and never after; the fleet's rows are written
-- last and say that the week is complete, with 0 cars where nobody teaches anything.
-- Serves: one week, whole. Size: two rows per model and week.
CREATE TABLE IF NOT EXISTS brake_wear
(
  week         Date,
  model        LowCardinality(String),
  axle         Enum8('front' = 1, 'rear' = 2),
  -- % of the pad per MJ taken up by the axle, and how much cars differ (standard deviation of its logarithm).
  pct_per_mj   Float64,
  spread       Float64,
  by_sensor    UInt32,
  by_repair    UInt32,
  computed_at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, model, axle)
SETTINGS non_replicated_deduplication_window = 10000;

-- pad_changes: where the odometer of a vehicle stood at its last brake repair on record, as known before the week.
-- Serves: one week, whole; read with brake_wear. Size: a row per vehicle with such a repair and week.
CREATE TABLE IF NOT EXISTS pad_changes
(
  week         Date,
  vin          LowCardinality(String),
  at_km        Float64,
  computed_at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, vin)
SETTINGS non_replicated_deduplication_window = 10000;
