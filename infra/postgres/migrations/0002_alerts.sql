-- alerts and what belongs to them. Serves: the open alert of a vehicle and component (the pipeline, under a lock),
-- lists by state and time (API), one vehicle's alerts (vehicle page). Times are event time unless named otherwise.
CREATE TABLE IF NOT EXISTS alerts
(
  id                text PRIMARY KEY,
  vin               text NOT NULL,
  component         text NOT NULL,
  severity          text NOT NULL CHECK (severity IN ('info', 'advice', 'warning', 'critical')),
  state             text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved', 'dismissed')),
  opened_at         timestamptz NOT NULL,
  last_seen_at      timestamptz NOT NULL,
  resolved_at       timestamptz,
  -- Who ended it: the signal came back to normal, the workshop closed the lead, or an analyst dismissed it.
  closed_by         text CHECK (closed_by IN ('cleared', 'workshop', 'analyst')),
  occurrences       integer NOT NULL,
  -- The severity of the last decision to tell somebody; null while nobody had to be told.
  notified_severity text CHECK (notified_severity IN ('info', 'advice', 'warning', 'critical')),
  resolved_notified boolean NOT NULL DEFAULT false,
  title             text NOT NULL,
  title_zh          text NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS alerts_one_running ON alerts (vin, component) WHERE state IN ('open', 'acknowledged');
CREATE INDEX IF NOT EXISTS alerts_by_vehicle ON alerts (vin, component, opened_at);
CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (last_seen_at DESC, id DESC);

-- The latest state of every finding of an alert, whole: the lead's evidence is read from here.
CREATE TABLE IF NOT EXISTS alert_findings
(
  alert_id   text NOT NULL REFERENCES alerts (id),
  finding_id text NOT NULL,
  severity   text NOT NULL,
  state      text NOT NULL CHECK (state IN ('active', 'cleared')),
  first_seen timestamptz NOT NULL,
  last_seen  timestamptz NOT NULL,
  finding    jsonb NOT NULL,
  PRIMARY KEY (alert_id, finding_id)
);
CREATE INDEX IF NOT EXISTS alert_findings_by_finding ON alert_findings (finding_id);

-- The audit: what was decided, by whom, on which finding. Rows are never changed.
CREATE TABLE IF NOT EXISTS alert_transitions
(
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id    text NOT NULL REFERENCES alerts (id),
  vin         text NOT NULL,
  action      text NOT NULL,
  reason      text NOT NULL CHECK (reason IN ('first', 'escalated', 'resolved', 'none')),
  from_state  text,
  to_state    text NOT NULL,
  severity    text NOT NULL,
  finding_id  text,
  actor       text NOT NULL,
  note        text NOT NULL DEFAULT '',
  -- Event time of the decision; `recorded_at` is the wall clock.
  decided_at  timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS alert_transitions_by_alert ON alert_transitions (alert_id, id);

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
END;
$$;
CREATE OR REPLACE TRIGGER alert_transitions_append_only
  BEFORE UPDATE OR DELETE ON alert_transitions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER alert_transitions_no_truncate
  BEFORE TRUNCATE ON alert_transitions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One lead per alert. `advice` is the text as it was when the lead was made, so that a later catalogue cannot rewrite it.
CREATE TABLE IF NOT EXISTS leads
(
  id          text PRIMARY KEY,
  alert_id    text NOT NULL UNIQUE REFERENCES alerts (id),
  vin         text NOT NULL,
  dealer_id   text REFERENCES dealers (id),
  state       text NOT NULL CHECK (state IN ('offered', 'accepted', 'closed')),
  act_by      timestamptz NOT NULL,
  odometer_km double precision,
  advice      jsonb NOT NULL,
  offered_at  timestamptz NOT NULL,
  accepted_at timestamptz,
  closed_at   timestamptz,
  outcome     text CHECK (outcome IN ('confirmed', 'no_fault_found', 'other_fault', 'already_repaired', 'customer_declined')),
  note        text NOT NULL DEFAULT '',
  CHECK ((state = 'closed') = (outcome IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS leads_by_dealer ON leads (dealer_id, offered_at DESC, id DESC);
