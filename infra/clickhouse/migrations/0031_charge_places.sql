-- charge_places: charges begun and charges that stopped and were begun again, per place where two or more vehicles charged, over the 60
-- days before the week. Written once per week and never after, so that live, restart and replay judge alike. The row of place 0 is
-- the whole fleet, with the correlation of two charges of one car (rho; NULL: too few cars to say), and is written last: with it the week
-- is complete. A place is a number per cell of some 100 m, as `daily_features` has it.
-- Serves: one week, whole; one place over the weeks. Size: a row per shared place and week (some 10,000 for 100,000 cars).
CREATE TABLE IF NOT EXISTS charge_places
(
  week        Date,
  place       Float64,
  vehicles    UInt32,
  ac_charges  UInt32,
  ac_stopped  UInt32,
  dc_charges  UInt32,
  dc_stopped  UInt32,
  rho         Nullable(Float64),
  computed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, place)
SETTINGS non_replicated_deduplication_window = 10000;
