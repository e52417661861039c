-- charging_sessions: the charge at every step of the displayed state of charge (arrays of one length, in order), from which a model's
-- display, its charge between two voltages and its peak of incremental capacity are learnt. Empty in rows from before.
-- Size: some 300 bytes a charge compressed.
ALTER TABLE charging_sessions ADD COLUMN IF NOT EXISTS tick_socs Array(Float32) AFTER tick_charge_ah;
ALTER TABLE charging_sessions ADD COLUMN IF NOT EXISTS tick_ahs Array(Float32) AFTER tick_socs;
ALTER TABLE charging_sessions ADD COLUMN IF NOT EXISTS tick_pack_v Array(Float32) AFTER tick_ahs;

-- charge_models: what the charges of a model's vehicles taught before the week, as JSON (soh/chargeModel.ts). Written once per week and
-- never after, so that live, restart and replay judge alike. A row of model '' says that the week is complete.
-- Serves: one week's models, whole. Size: some kilobytes per model and week.
CREATE TABLE IF NOT EXISTS charge_models
(
  week        Date,
  model       LowCardinality(String),
  vehicles    UInt32,
  charges     UInt32,
  learnt      String,
  computed_at DateTime64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(computed_at)
ORDER BY (week, model)
SETTINGS non_replicated_deduplication_window = 10000;

-- health: what each method alone says, with its weight in the value (0: a second opinion only), and the part of the capacity that is lost
-- to cells out of balance, which balancing gives back and which is not ageing.
ALTER TABLE health ADD COLUMN IF NOT EXISTS opinion_method Array(LowCardinality(String)) AFTER window_ah;
ALTER TABLE health ADD COLUMN IF NOT EXISTS opinion_ah Array(Float32) AFTER opinion_method;
ALTER TABLE health ADD COLUMN IF NOT EXISTS opinion_weight Array(Float32) AFTER opinion_ah;
-- capacity_kwh: the capacity times the charges' own mean voltage; NULL without a voltage.
ALTER TABLE health ADD COLUMN IF NOT EXISTS capacity_kwh Nullable(Float32) AFTER capacity_ah;
ALTER TABLE health ADD COLUMN IF NOT EXISTS imbalance_pct Nullable(Float32) AFTER opinion_weight;
