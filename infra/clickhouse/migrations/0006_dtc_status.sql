-- What the car says of a code's state: UDS status bytes, OBD services, J1939 lamps, Tesla alerts. NULL where it says nothing,
-- which is not "no". Serves: codes that are active or have the lamp on, and histories of one code.
ALTER TABLE dtc_events
  ADD COLUMN IF NOT EXISTS is_active Nullable(Bool),
  ADD COLUMN IF NOT EXISTS is_pending Nullable(Bool),
  ADD COLUMN IF NOT EXISTS is_confirmed Nullable(Bool),
  ADD COLUMN IF NOT EXISTS is_lamp_on Nullable(Bool),
  -- Third byte of a UDS code (SAE J2012), or failure mode of J1939.
  ADD COLUMN IF NOT EXISTS failure_type Nullable(UInt8),
  ADD COLUMN IF NOT EXISTS occurrences Nullable(UInt32);
