-- Engineering cases are of one dealer or one model: three visits in a row that confirmed the same failure there. Serves: the one
-- open case of a kind and scope.
ALTER TABLE engineering_cases
  ADD COLUMN IF NOT EXISTS scope text NOT NULL DEFAULT 'fleet' CHECK (scope IN ('fleet', 'dealer', 'model')),
  -- The dealer's id or the model's name; empty for cases from before there were scopes.
  ADD COLUMN IF NOT EXISTS scope_id text NOT NULL DEFAULT '';
DROP INDEX IF EXISTS engineering_cases_one_open;
CREATE UNIQUE INDEX IF NOT EXISTS engineering_cases_one_open ON engineering_cases (source_id, component, scope, scope_id) WHERE closed_at IS NULL;
