-- code_risks: per component the discrete-time hazard that turns a car's trouble codes into the probability of a repair within the window, as
-- JSON (analytics/src/codes/repairRisks.ts), with how it did on vehicles it had not seen. Written once per week and never after; the
-- row of component '' is written last and says that the week is complete.
-- Serves: one week, whole. Size: some 10 kB per component and week.
CREATE TABLE IF NOT EXISTS code_risks
(
  week         Date,
  component    LowCardinality(String),
  horizon_days UInt16,
  -- Moments at which cars set codes, and those that a repair of the component followed in time.
  cases        UInt32,
  followed     UInt32,
  learnt       String,
  computed_at  DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, component)
SETTINGS non_replicated_deduplication_window = 10000;
