-- workbench_runs: back-tests and comparisons people asked for, with how far they are and what came out.
-- Serves: one run by id (the page that waits for it), a rule's newest runs. Size: up to a few hundred kB each, tens a day.
CREATE TABLE IF NOT EXISTS workbench_runs
(
  id          text PRIMARY KEY,
  kind        text NOT NULL CHECK (kind IN ('backtest', 'comparison')),
  rule_id     text NOT NULL,
  -- SHA-256 of the judged text with its parameters filled in: what a promotion must have been tested as.
  rule_hash   text NOT NULL,
  -- The text the gate held it against; null without comparison.
  champion_hash text,
  request     jsonb NOT NULL,
  state       text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted')),
  progress    jsonb,
  result      jsonb,
  error       text,
  asked_by    text NOT NULL,
  created_at  timestamptz NOT NULL,
  started_at  timestamptz,
  finished_at timestamptz,
  -- Written while it waits or runs; one that stays silent was interrupted.
  beat_at     timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS workbench_runs_by_rule ON workbench_runs (rule_id, created_at DESC);
CREATE INDEX IF NOT EXISTS workbench_runs_unfinished ON workbench_runs (state) WHERE state IN ('queued', 'running');

-- rule_drafts: texts somebody works on. Rule files stay the store; a draft is on its way to one.
CREATE TABLE IF NOT EXISTS rule_drafts
(
  id         text PRIMARY KEY,
  rule_id    text NOT NULL,
  text       text NOT NULL,
  note       text NOT NULL,
  -- Grows with every change, so that two people cannot overwrite each other unseen.
  revision   integer NOT NULL,
  state      text NOT NULL CHECK (state IN ('draft', 'shadow', 'live', 'retired')),
  author     text NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS rule_drafts_by_rule ON rule_drafts (rule_id, updated_at DESC);

-- rule_events: who changed what of a rule, with the text before and after. Rows are never changed.
CREATE TABLE IF NOT EXISTS rule_events
(
  seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id  text NOT NULL,
  draft_id text,
  action   text NOT NULL,
  actor    text NOT NULL,
  detail   text NOT NULL,
  before   text,
  after    text,
  at       timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS rule_events_by_rule ON rule_events (rule_id, seq DESC);
CREATE OR REPLACE TRIGGER rule_events_append_only
  BEFORE UPDATE OR DELETE ON rule_events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER rule_events_no_truncate
  BEFORE TRUNCATE ON rule_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE workbench_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE rule_drafts ENABLE ROW LEVEL SECURITY;
ALTER TABLE rule_events ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON workbench_runs, rule_drafts, rule_events TO bellwether_staff;
CREATE POLICY staff_reads ON workbench_runs FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON rule_drafts FOR SELECT TO bellwether_staff USING (true);
CREATE POLICY staff_reads ON rule_events FOR SELECT TO bellwether_staff USING (true);
