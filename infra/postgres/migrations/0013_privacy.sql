-- Erasure of a person: proof of it, and the one change an audit row may see: its free text emptied. Serves: who read what
-- of a person (by vehicle), proofs by time. The VIN in a proof is hashed: the proof must not say whose car it was.
CREATE TABLE IF NOT EXISTS erasures
(
  id           text PRIMARY KEY,
  vin_sha256   text NOT NULL,
  requested_by text NOT NULL,
  reason       text NOT NULL,
  -- Rows removed, emptied and cancelled, by table.
  counts       jsonb NOT NULL,
  at           timestamptz NOT NULL
);
CREATE OR REPLACE TRIGGER erasures_append_only
  BEFORE UPDATE OR DELETE ON erasures FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON erasures TO bellwether_staff;
CREATE POLICY staff_reads ON erasures FOR SELECT TO bellwether_staff USING (true);
CREATE INDEX IF NOT EXISTS personal_reads_by_vehicle ON personal_reads (vin, seq DESC);

-- Within an erasure (app.erasure_id is set for its transaction only) the note may be emptied, and nothing else.
CREATE OR REPLACE FUNCTION refuse_change_but_erasure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND coalesce(current_setting('app.erasure_id', true), '') <> '' THEN
    IF NEW.note = '' AND to_jsonb(NEW) - 'note' = to_jsonb(OLD) - 'note' THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'table % is append-only', TG_TABLE_NAME;
END;
$$;
CREATE OR REPLACE TRIGGER alert_transitions_append_only
  BEFORE UPDATE OR DELETE ON alert_transitions FOR EACH ROW EXECUTE FUNCTION refuse_change_but_erasure();
CREATE OR REPLACE TRIGGER lead_events_append_only
  BEFORE UPDATE OR DELETE ON lead_events FOR EACH ROW EXECUTE FUNCTION refuse_change_but_erasure();
