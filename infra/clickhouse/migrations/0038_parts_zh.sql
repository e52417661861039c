-- The parts a rising rate asks for, in Chinese: what dealers and the maker's parts planning read.
-- Serves: GET /v1/fleet/rates. A short array per row; the table has one row per family, place and week.
ALTER TABLE fleet_rates ADD COLUMN IF NOT EXISTS parts_zh Array(String) DEFAULT parts AFTER parts;
