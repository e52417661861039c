-- What a visit took, and recalls. Serves: parts and operations of confirmed visits of a component (partial index, small),
-- a vehicle's recalls (primary key).
-- Null: the workshop did not say; empty: it used none.
ALTER TABLE leads
  ADD COLUMN IF NOT EXISTS parts_used text[],
  ADD COLUMN IF NOT EXISTS operations_done text[];
CREATE INDEX IF NOT EXISTS leads_work ON leads (component, closed_at)
  WHERE outcome = 'confirmed' AND (parts_used IS NOT NULL OR operations_done IS NOT NULL);

-- One row per campaign and vehicle, as the maker's system reports it.
CREATE TABLE IF NOT EXISTS recalls
(
  campaign    text NOT NULL,
  vin         text NOT NULL,
  component   text NOT NULL,
  title       text NOT NULL,
  state       text NOT NULL CHECK (state IN ('open', 'done')),
  opened_on   date NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (vin, campaign)
);
ALTER TABLE recalls ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON recalls TO bellwether_staff, bellwether_owner;
CREATE POLICY staff_reads ON recalls FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY owner_reads ON recalls FOR SELECT TO bellwether_owner USING (vin = current_setting('app.vin', true));
