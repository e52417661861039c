-- The outcome loop: what is looked at after a visit, kinds of failures for engineering; where dealers are and when they have
-- room. Serves: checks that are due (timer, by due_at), reports on dealers and rules (small groups over leads), a dealer's
-- free slots (by dealer and time).
CREATE TABLE IF NOT EXISTS follow_ups
(
  alert_id   text NOT NULL REFERENCES alerts (id),
  -- day1: the owner is asked how it went; day30, day60: whether the finding is gone.
  kind       text NOT NULL CHECK (kind IN ('day1', 'day30', 'day60')),
  vin        text NOT NULL,
  component  text NOT NULL,
  dealer_id  text,
  visited_at timestamptz NOT NULL,
  due_at     timestamptz NOT NULL,
  done_at    timestamptz,
  result     text CHECK (result IN ('asked', 'not_asked', 'gone', 'returned', 'not_seen')),
  PRIMARY KEY (alert_id, kind),
  CHECK ((done_at IS NULL) = (result IS NULL))
);
CREATE INDEX IF NOT EXISTS follow_ups_due ON follow_ups (due_at) WHERE done_at IS NULL;

-- Failures of one kind (source and component) that workshops confirmed; opened at the third within the window.
CREATE TABLE IF NOT EXISTS engineering_cases
(
  id         text PRIMARY KEY,
  source_id  text NOT NULL,
  component  text NOT NULL,
  vins       text[] NOT NULL,
  opened_at  timestamptz NOT NULL,
  closed_at  timestamptz,
  closed_by  text,
  note       text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS engineering_cases_one_open ON engineering_cases (source_id, component) WHERE closed_at IS NULL;
CREATE INDEX IF NOT EXISTS leads_by_closing ON leads (closed_at) WHERE state = 'closed';

ALTER TABLE dealers
  ADD COLUMN IF NOT EXISTS latitude_deg double precision CHECK (latitude_deg BETWEEN -90 AND 90),
  ADD COLUMN IF NOT EXISTS longitude_deg double precision CHECK (longitude_deg BETWEEN -180 AND 180),
  -- Makes the workshop may repair; empty: all.
  ADD COLUMN IF NOT EXISTS brands text[] NOT NULL DEFAULT '{}';

-- Room of a workshop: what is free is the lesser of bays and technicians, less what is booked.
CREATE TABLE IF NOT EXISTS dealer_slots
(
  dealer_id   text NOT NULL REFERENCES dealers (id),
  starts_at   timestamptz NOT NULL,
  ends_at     timestamptz NOT NULL,
  bays        integer NOT NULL CHECK (bays >= 0),
  technicians integer NOT NULL CHECK (technicians >= 0),
  PRIMARY KEY (dealer_id, starts_at),
  CHECK (ends_at > starts_at)
);

ALTER TABLE alert_transitions DROP CONSTRAINT IF EXISTS alert_transitions_reason_check;
ALTER TABLE alert_transitions ADD CONSTRAINT alert_transitions_reason_check
  CHECK (reason IN ('first', 'escalated', 'reminder', 'resolved', 'withdrawn', 'digest', 'follow_up', 'none'));
ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_reason_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_reason_check
  CHECK (reason IN ('first', 'escalated', 'reminder', 'resolved', 'withdrawn', 'digest', 'follow_up'));

ALTER TABLE follow_ups ENABLE ROW LEVEL SECURITY;
ALTER TABLE engineering_cases ENABLE ROW LEVEL SECURITY;
ALTER TABLE dealer_slots ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON follow_ups, engineering_cases, dealer_slots TO bellwether_staff;
CREATE POLICY staff_reads ON follow_ups FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON engineering_cases FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON dealer_slots FOR SELECT TO bellwether_staff USING (true);
