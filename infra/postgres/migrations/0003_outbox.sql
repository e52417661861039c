-- notifications: what somebody is told, as rendered when it was decided. outbox: the jobs that follow a commit.
-- Serves: the sender taking due rows with SKIP LOCKED (partial index on due rows, so it stays small), lists by time.
CREATE TABLE IF NOT EXISTS notifications
(
  id              text PRIMARY KEY,
  alert_id        text NOT NULL REFERENCES alerts (id),
  vin             text NOT NULL,
  dealer_id       text,
  audience        text NOT NULL CHECK (audience IN ('owner', 'dealer')),
  reason          text NOT NULL CHECK (reason IN ('first', 'escalated', 'resolved')),
  severity        text NOT NULL,
  channel         text NOT NULL,
  address         text NOT NULL,
  language        text NOT NULL CHECK (language IN ('en', 'zh')),
  title           text NOT NULL,
  body            text NOT NULL,
  -- Not null: the recipient was not told, and the operator's log says why.
  withheld_reason text CHECK (withheld_reason IN ('no_contact', 'no_consent')),
  -- Which consent the message rests on.
  consent_text_version text,
  decided_at      timestamptz NOT NULL,
  created_at      timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS notifications_by_alert ON notifications (alert_id, audience);
CREATE INDEX IF NOT EXISTS notifications_by_time ON notifications (created_at DESC, id DESC);

-- `id` is the idempotency key: of a notification its own id, of a label the label's.
CREATE TABLE IF NOT EXISTS outbox
(
  seq           bigint GENERATED ALWAYS AS IDENTITY,
  id            text PRIMARY KEY,
  kind          text NOT NULL CHECK (kind IN ('notification', 'label')),
  -- Jobs of one thread run in the order of `seq`, so that "cleared" never overtakes "first".
  thread        text NOT NULL,
  payload       jsonb NOT NULL DEFAULT '{}',
  state         text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'sent', 'dead')),
  due_at        timestamptz NOT NULL,
  attempts      integer NOT NULL DEFAULT 0,
  leased_until  timestamptz,
  leased_by     text,
  failure       text,
  failure_detail text,
  provider_id   text,
  finished_at   timestamptz
);
CREATE INDEX IF NOT EXISTS outbox_due ON outbox (due_at, seq) WHERE state = 'due';
CREATE INDEX IF NOT EXISTS outbox_thread ON outbox (thread, seq) WHERE state = 'due';
