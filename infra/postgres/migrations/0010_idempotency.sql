-- Answers to POST requests that carried an idempotency key, for a week. Serves: the same request sent again (by caller and key).
CREATE TABLE IF NOT EXISTS idempotency_keys
(
  caller       text NOT NULL,
  key          text NOT NULL,
  -- SHA-256 of method, address and body: the key belongs to one request.
  request_hash text NOT NULL,
  -- Null while the first request is still being worked on.
  status       integer,
  body         text,
  content_type text,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (caller, key)
);
CREATE INDEX IF NOT EXISTS idempotency_keys_by_time ON idempotency_keys (created_at);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
