-- fleet_rates: how often a trouble code or a kind of finding begins, per model and region and week, against its own past; with
-- the parts a lasting rise asks for. Written when a week is complete; the newest week of a family is its present state.
-- Serves: the rises of the newest week, one family's weeks.
CREATE TABLE IF NOT EXISTS fleet_rates
(
  -- Its Monday.
  week           Date,
  kind           Enum8('finding' = 1, 'code' = 2),
  -- Source id of findings, or system:code.
  family         LowCardinality(String),
  model          LowCardinality(String),
  -- '' for all regions of the model together.
  region         LowCardinality(String),
  events         UInt32,
  vehicle_weeks  UInt32,
  expected       Float64,
  state          Enum8('usual' = 1, 'raised' = 2, 'not_evaluated' = 3),
  -- Since the rise began: events / expected, with its 80 % interval. NULL where it is not raised.
  ratio          Nullable(Float64),
  ratio_low      Nullable(Float64),
  ratio_high     Nullable(Float64),
  raised_since   Nullable(Date),
  alarm_week     Nullable(Date),
  parts          Array(String),
  -- Of each part, over the lead time: at 10 %, 50 % and 95 %. NULL where no part is named.
  quantity_low   Nullable(UInt32),
  quantity       Nullable(UInt32),
  quantity_high  Nullable(UInt32),
  computed_at    DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
PARTITION BY toYYYYMM(week)
ORDER BY (kind, family, model, region, week)
SETTINGS non_replicated_deduplication_window = 10000;
