-- Finding a workshop, and what its calendar and repair orders tell. Serves: the dealers of a region and around a car (10,000
-- dealers were read as a whole for every lead without one), a slot's trained technicians, care by the odometer of a visit.
CREATE INDEX IF NOT EXISTS dealers_by_region ON dealers (region);
CREATE INDEX IF NOT EXISTS dealers_by_latitude ON dealers (latitude_deg) WHERE latitude_deg IS NOT NULL;

-- Technicians of the slot per component they are trained for, as {"battery_cell": 1}; null: not told, every one of them may do it.
ALTER TABLE dealer_slots ADD COLUMN IF NOT EXISTS trained jsonb CHECK (trained IS NULL OR jsonb_typeof(trained) = 'object');

ALTER TABLE repair_orders ADD COLUMN IF NOT EXISTS odometer_km double precision CHECK (odometer_km >= 0);
