-- Silences, returns of a flapping alert, reminders, withdrawal. Serves: the pipeline asking whether anything keeps a
-- finding quiet (silences is small), timers looking for alerts whose reminder is due.
ALTER TABLE alerts
  ADD COLUMN IF NOT EXISTS returns integer NOT NULL DEFAULT 0,
  ADD COLUMN IF NOT EXISTS reminded boolean NOT NULL DEFAULT false;

ALTER TABLE alert_transitions DROP CONSTRAINT IF EXISTS alert_transitions_reason_check;
ALTER TABLE alert_transitions ADD CONSTRAINT alert_transitions_reason_check
  CHECK (reason IN ('first', 'escalated', 'reminder', 'resolved', 'withdrawn', 'digest', 'none'));
ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_reason_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_reason_check
  CHECK (reason IN ('first', 'escalated', 'reminder', 'resolved', 'withdrawn', 'digest'));
-- A message that became pointless before it was sent: the fault is over, the owner opted out, a digest took it.
ALTER TABLE outbox DROP CONSTRAINT IF EXISTS outbox_state_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ('due', 'sent', 'dead', 'cancelled'));

CREATE TABLE IF NOT EXISTS silences
(
  id         text PRIMARY KEY,
  vin        text,
  component  text,
  rule_id    text,
  -- Compared with the finding's event time.
  from_at    timestamptz NOT NULL,
  until_at   timestamptz NOT NULL,
  reason     text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  ended_by   text,
  ended_at   timestamptz,
  CHECK (until_at > from_at),
  CHECK (coalesce(vin, component, rule_id) IS NOT NULL)
);
CREATE OR REPLACE TRIGGER silences_stay
  BEFORE DELETE OR TRUNCATE ON silences FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE silences ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON silences TO bellwether_staff;
CREATE POLICY staff_reads ON silences FOR SELECT TO bellwether_staff USING (true);
CREATE INDEX IF NOT EXISTS alerts_running ON alerts (vin) WHERE state IN ('open', 'acknowledged');
