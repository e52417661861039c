-- The comparison group and what workshops report. Serves: the report on what telling changes (by rule), and hiding an
-- alert that is held back from the owner's and dealers' roles.
ALTER TABLE alerts ADD COLUMN IF NOT EXISTS held_out boolean NOT NULL DEFAULT false;

-- One draw per vehicle, rule and experiment, made when somebody would have been told for the first time. Never changed.
CREATE TABLE IF NOT EXISTS trial_draws
(
  vin          text NOT NULL,
  rule_id      text NOT NULL,
  salt         text NOT NULL,
  rule_version integer NOT NULL,
  component    text NOT NULL,
  alert_id     text NOT NULL REFERENCES alerts (id),
  arm          text NOT NULL CHECK (arm IN ('told', 'held')),
  share        double precision NOT NULL,
  draw         double precision NOT NULL,
  drawn_at     timestamptz NOT NULL,
  PRIMARY KEY (vin, rule_id, salt)
);
CREATE INDEX IF NOT EXISTS trial_draws_by_rule ON trial_draws (rule_id, rule_version, drawn_at);
CREATE OR REPLACE TRIGGER trial_draws_append_only
  BEFORE UPDATE OR DELETE ON trial_draws FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Visits as workshops report them, of every vehicle: also of those nobody was told about.
CREATE TABLE IF NOT EXISTS repair_orders
(
  id          text PRIMARY KEY,
  vin         text NOT NULL,
  component   text NOT NULL,
  -- Why the car came: because somebody was told, because of a complaint or a breakdown, or for routine service.
  cause       text NOT NULL CHECK (cause IN ('advice', 'complaint', 'breakdown', 'routine')),
  outcome     text NOT NULL,
  at          timestamptz NOT NULL,
  note        text NOT NULL DEFAULT '',
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS repair_orders_by_vehicle ON repair_orders (vin, component, at);

ALTER TABLE trial_draws ENABLE ROW LEVEL SECURITY;
ALTER TABLE repair_orders ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON trial_draws, repair_orders TO bellwether_staff;
CREATE POLICY staff_reads ON trial_draws FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON repair_orders FOR SELECT TO bellwether_staff USING (true);

DROP POLICY IF EXISTS owner_reads ON alerts;
CREATE POLICY owner_reads ON alerts FOR SELECT TO bellwether_owner
  USING (vin = current_setting('app.vin', true) AND NOT held_out);
DROP POLICY IF EXISTS owner_reads ON alert_transitions;
CREATE POLICY owner_reads ON alert_transitions FOR SELECT TO bellwether_owner
  USING (EXISTS (SELECT 1 FROM alerts WHERE alerts.id = alert_transitions.alert_id));
