-- rule_firings: what every live and shadow rule said, one row per episode. Findings of live rules go on to alerts, those of
-- shadow rules end here. Serves: one rule's firings over a window (live score, comparison, drift), hence rule first.
-- Size: one row per episode, some 100 bytes.
CREATE TABLE IF NOT EXISTS rule_firings
(
  rule_id       LowCardinality(String),
  rule_version  UInt32,
  vin           LowCardinality(String),
  started_at    DateTime64(3, 'UTC'),
  known_at      DateTime64(3, 'UTC'),
  last_firing   DateTime64(3, 'UTC'),
  cleared_at    Nullable(DateTime64(3, 'UTC')),
  stage         Enum8('live' = 1, 'shadow' = 2),
  -- A late report showed that this episode never was, or began at another time.
  is_withdrawn  Bool,
  revision      UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (rule_id, vin, started_at, rule_version)
SETTINGS non_replicated_deduplication_window = 10000;

-- backtest_runs: back-tests asked for, with how far they are and what came out. Serves: the list of a rule's runs and one run by id.
-- Size: one report each, some 10 kB without firings; hundreds a day at most.
CREATE TABLE IF NOT EXISTS backtest_runs
(
  id           String,
  rule_id      LowCardinality(String),
  rule_hash    String,
  state        Enum8('running' = 1, 'done' = 2, 'failed' = 3, 'cancelled' = 4),
  asked_by     String,
  created_at   DateTime64(3, 'UTC'),
  request      String,
  -- JSON of the last progress, then of the report.
  progress     String,
  report       String,
  result_hash  String,
  error        String,
  revision     UInt64
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (rule_id, created_at, id)
SETTINGS non_replicated_deduplication_window = 10000;

-- outside_scores: scores of a model that runs elsewhere, one per vehicle and time. A rule with `reads: outside_scores` judges them.
-- Serves: one model's series over a window. Size: 20 bytes a score.
CREATE TABLE IF NOT EXISTS outside_scores
(
  model         LowCardinality(String),
  vin           LowCardinality(String),
  event_time    DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  score         Float64,
  model_version LowCardinality(String),
  received_time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(received_time)
PARTITION BY toYYYYMM(event_time)
ORDER BY (model, vin, event_time)
SETTINGS non_replicated_deduplication_window = 10000;
