-- Care: seasonal advice, advice before long trips, routine maintenance. Serves: whom to look at next (by looked_at), whether a
-- vehicle has been told of an occasion (primary key), what was done when (by vehicle). Some rows per vehicle and year.
-- A care message belongs to no alert; it rests on the consent of its own purpose.
ALTER TABLE notifications ALTER COLUMN alert_id DROP NOT NULL;
ALTER TABLE notifications ADD COLUMN IF NOT EXISTS purpose text NOT NULL DEFAULT 'service' CHECK (purpose IN ('service', 'care'));
ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_reason_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_reason_check
  CHECK (reason IN ('first', 'escalated', 'reminder', 'resolved', 'withdrawn', 'digest', 'follow_up', 'care'));
ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_alert_or_care;
ALTER TABLE notifications ADD CONSTRAINT notifications_alert_or_care CHECK (alert_id IS NOT NULL OR purpose = 'care');
ALTER TABLE owner_actions ALTER COLUMN alert_id DROP NOT NULL;

-- One message per vehicle, kind and occasion: a winter, a holiday, an interval of an item.
CREATE TABLE IF NOT EXISTS care_notices
(
  vin             text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('winter', 'long_trip', 'maintenance')),
  occasion        text NOT NULL,
  -- The item of the maintenance plan; null for the other kinds.
  item            text,
  odometer_km     double precision,
  notification_id text NOT NULL,
  decided_at      timestamptz NOT NULL,
  PRIMARY KEY (vin, kind, occasion),
  CHECK ((kind = 'maintenance') = (item IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS care_notices_by_message ON care_notices (notification_id);

-- When a vehicle was looked at last.
CREATE TABLE IF NOT EXISTS care_looks
(
  vin       text PRIMARY KEY,
  looked_at timestamptz NOT NULL
);

-- Routine maintenance as the owner says it was done; what workshops report is in repair_orders.
CREATE TABLE IF NOT EXISTS maintenance_done
(
  vin         text NOT NULL,
  item        text NOT NULL,
  done_at     timestamptz NOT NULL,
  odometer_km double precision,
  source      text NOT NULL,
  PRIMARY KEY (vin, item, done_at)
);

ALTER TABLE care_notices ENABLE ROW LEVEL SECURITY;
ALTER TABLE care_looks ENABLE ROW LEVEL SECURITY;
ALTER TABLE maintenance_done ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON care_notices, maintenance_done TO bellwether_staff, bellwether_owner;
CREATE POLICY staff_reads ON care_notices FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY owner_reads ON care_notices FOR SELECT TO bellwether_owner USING (vin = current_setting('app.vin', true));
CREATE POLICY staff_reads ON maintenance_done FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY owner_reads ON maintenance_done FOR SELECT TO bellwether_owner USING (vin = current_setting('app.vin', true));
