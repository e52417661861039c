-- source_hash: with which settings a finding was made, so that two findings of one method can be told apart after a change.
-- Empty for findings from before it was kept. Serves: one finding's origin; the column is read with its row.
ALTER TABLE findings ADD COLUMN IF NOT EXISTS source_hash LowCardinality(String) AFTER source_version;

-- subject: detectors are on record beside rules, and one of theirs may say the same of several cells or parts of a vehicle on a day:
-- `battery_cell/82`. Empty for rules, of which a vehicle has one episode at a time. Serves: the same reads as before.
ALTER TABLE rule_firings ADD COLUMN IF NOT EXISTS subject LowCardinality(String), MODIFY ORDER BY (rule_id, vin, started_at, rule_version, subject);
