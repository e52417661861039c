-- Leads with a clock: where they go, who took them how far, who is told of changes.
-- Serves: leads whose time to accept is over (timer), a region's dealers (routing), the events of a lead.
ALTER TABLE dealers
  ADD COLUMN IF NOT EXISTS region text NOT NULL DEFAULT '',
  -- Components the workshop is trained for; empty: all.
  ADD COLUMN IF NOT EXISTS skills text[] NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS capacity_per_week integer CHECK (capacity_per_week > 0);
CREATE INDEX IF NOT EXISTS dealers_by_region ON dealers (region) WHERE region <> '';

ALTER TABLE leads DROP CONSTRAINT IF EXISTS leads_state_check;
ALTER TABLE leads ADD CONSTRAINT leads_state_check
  CHECK (state IN ('offered', 'accepted', 'contacted', 'booked', 'in_service', 'closed'));
ALTER TABLE leads
  ADD COLUMN IF NOT EXISTS component text NOT NULL DEFAULT 'vehicle',
  ADD COLUMN IF NOT EXISTS region text NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS is_safety boolean NOT NULL DEFAULT false,
  -- Wall clock: when the lead reached this dealer, and until when he should accept it.
  ADD COLUMN IF NOT EXISTS routed_at timestamptz,
  ADD COLUMN IF NOT EXISTS accept_by timestamptz,
  ADD COLUMN IF NOT EXISTS tried_dealers text[] NOT NULL DEFAULT '{}',
  -- Nobody accepted in time and nobody else is left to ask.
  ADD COLUMN IF NOT EXISTS escalated_at timestamptz,
  ADD COLUMN IF NOT EXISTS contacted_at timestamptz,
  ADD COLUMN IF NOT EXISTS booked_at timestamptz,
  ADD COLUMN IF NOT EXISTS booked_for timestamptz,
  ADD COLUMN IF NOT EXISTS in_service_at timestamptz;
CREATE INDEX IF NOT EXISTS leads_waiting ON leads (accept_by) WHERE state = 'offered';
CREATE INDEX IF NOT EXISTS leads_open_by_dealer ON leads (dealer_id) WHERE state <> 'closed';
CREATE INDEX IF NOT EXISTS leads_by_vehicle ON leads (vin, offered_at DESC);

-- Who had a lead and what became of it. Rows are never changed.
CREATE TABLE IF NOT EXISTS lead_events
(
  seq       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  lead_id   text NOT NULL REFERENCES leads (id),
  event     text NOT NULL,
  dealer_id text,
  actor     text NOT NULL,
  note      text NOT NULL DEFAULT '',
  at        timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS lead_events_by_lead ON lead_events (lead_id, seq);
CREATE OR REPLACE TRIGGER lead_events_append_only
  BEFORE UPDATE OR DELETE ON lead_events FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Systems that hear of lead changes; without dealer: of all.
CREATE TABLE IF NOT EXISTS lead_webhooks
(
  id         text PRIMARY KEY,
  dealer_id  text REFERENCES dealers (id),
  url        text NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  ended_at   timestamptz
);
ALTER TABLE outbox DROP CONSTRAINT IF EXISTS outbox_kind_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('notification', 'label', 'lead_event'));

-- Every reading of a person's name and address.
CREATE TABLE IF NOT EXISTS personal_reads
(
  seq   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  actor text NOT NULL,
  vin   text NOT NULL,
  why   text NOT NULL,
  at    timestamptz NOT NULL
);
CREATE OR REPLACE TRIGGER personal_reads_append_only
  BEFORE UPDATE OR DELETE ON personal_reads FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE lead_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE lead_webhooks ENABLE ROW LEVEL SECURITY;
ALTER TABLE personal_reads ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON lead_events, lead_webhooks, personal_reads TO bellwether_staff;
CREATE POLICY staff_reads ON lead_events FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON lead_webhooks FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON personal_reads FOR SELECT TO bellwether_staff USING (true);
