-- What an owner wants: hours, number and form of messages, consent per purpose with its proof, what he answered.
-- Serves: deciding when one message leaves (by vin, by alert), the sender's last look at consent, digests that are due.
CREATE TABLE IF NOT EXISTS owner_preferences
(
  vin              text PRIMARY KEY,
  -- Minutes after local midnight; quiet from 22:00 to 07:00 is 1320 to 420.
  quiet_from_min   integer CHECK (quiet_from_min BETWEEN 0 AND 1439),
  quiet_to_min     integer CHECK (quiet_to_min BETWEEN 0 AND 1439),
  max_per_month    integer CHECK (max_per_month BETWEEN 0 AND 100),
  digest_at_min    integer CHECK (digest_at_min BETWEEN 0 AND 1439),
  fallback_channel text,
  fallback_address text,
  updated_at       timestamptz NOT NULL,
  CHECK ((quiet_from_min IS NULL) = (quiet_to_min IS NULL)),
  CHECK ((fallback_channel IS NULL) = (fallback_address IS NULL))
);

-- The proof: every consent and every withdrawal, for good. The state of a purpose is its latest row.
CREATE TABLE IF NOT EXISTS consents
(
  seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  vin          text NOT NULL,
  purpose      text NOT NULL CHECK (purpose IN ('service', 'care', 'dealer_contact')),
  given        boolean NOT NULL,
  text_version text NOT NULL,
  at           timestamptz NOT NULL,
  -- How it was given: form, link, call; no name and no address.
  proof        text NOT NULL,
  recorded_by  text NOT NULL,
  recorded_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS consents_by_vehicle ON consents (vin, purpose, at DESC, seq DESC);
CREATE OR REPLACE TRIGGER consents_append_only
  BEFORE UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE OR REPLACE TRIGGER consents_no_truncate
  BEFORE TRUNCATE ON consents FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE IF NOT EXISTS snoozes
(
  alert_id text PRIMARY KEY REFERENCES alerts (id),
  until_at timestamptz NOT NULL
);

-- What an owner did with a message: book, done, snooze, stop. Once per message and action.
CREATE TABLE IF NOT EXISTS owner_actions
(
  notification_id text NOT NULL,
  action          text NOT NULL CHECK (action IN ('book', 'done', 'snooze', 'stop')),
  alert_id        text NOT NULL REFERENCES alerts (id),
  vin             text NOT NULL,
  at              timestamptz NOT NULL,
  PRIMARY KEY (notification_id, action)
);
CREATE INDEX IF NOT EXISTS owner_actions_by_alert ON owner_actions (alert_id);

ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_withheld_reason_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_withheld_reason_check
  CHECK (withheld_reason IN ('no_contact', 'no_consent', 'monthly_cap', 'snoozed'));
-- Which of the owner's wishes a safety message passed over, separated by spaces.
ALTER TABLE notifications ADD COLUMN IF NOT EXISTS passed text NOT NULL DEFAULT '';
-- Held rows wait for their owner's digest; the sender does not see them.
ALTER TABLE outbox ADD COLUMN IF NOT EXISTS held boolean NOT NULL DEFAULT false;
CREATE INDEX IF NOT EXISTS outbox_held ON outbox (due_at) WHERE held AND state = 'due';
CREATE INDEX IF NOT EXISTS notifications_by_vehicle ON notifications (vin, decided_at);

ALTER TABLE owner_preferences ENABLE ROW LEVEL SECURITY;
ALTER TABLE consents ENABLE ROW LEVEL SECURITY;
ALTER TABLE snoozes ENABLE ROW LEVEL SECURITY;
ALTER TABLE owner_actions ENABLE ROW LEVEL SECURITY;
DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['owner_preferences', 'consents', 'owner_actions'] LOOP
    EXECUTE format('GRANT SELECT ON %I TO bellwether_staff, bellwether_owner', table_name);
    EXECUTE format('CREATE POLICY staff_reads ON %I FOR SELECT TO bellwether_staff USING (true)', table_name);
    EXECUTE format('CREATE POLICY owner_reads ON %I FOR SELECT TO bellwether_owner USING (vin = current_setting(''app.vin'', true))',
      table_name);
  END LOOP;
END;
$$;
