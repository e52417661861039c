-- Role admin, scopes of keys, who made a key. Serves: checking a key (by id), the list of keys.
ALTER TABLE api_keys DROP CONSTRAINT IF EXISTS api_keys_role_check;
ALTER TABLE api_keys ADD CONSTRAINT api_keys_role_check CHECK (role IN ('analyst', 'dealer', 'owner', 'service', 'admin'));
ALTER TABLE api_keys
  -- What the key may do within its role; empty: all of it.
  ADD COLUMN IF NOT EXISTS scopes text[] NOT NULL DEFAULT '{}',
  ADD COLUMN IF NOT EXISTS created_by text NOT NULL DEFAULT 'operator';
