-- What providers and owners report back about a message. Serves: lists of notifications (by notification).
CREATE TABLE IF NOT EXISTS receipts
(
  -- The provider's own id of the report: the same one twice is one.
  id              text PRIMARY KEY,
  notification_id text NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,
  kind            text NOT NULL CHECK (kind IN ('delivered', 'opened', 'clicked', 'failed')),
  at              timestamptz NOT NULL,
  received_at     timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS receipts_by_notification ON receipts (notification_id);
ALTER TABLE receipts ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON receipts TO bellwether_staff, bellwether_dealer, bellwether_owner;
CREATE POLICY all_read ON receipts FOR SELECT TO bellwether_staff, bellwether_dealer, bellwether_owner
  USING (EXISTS (SELECT 1 FROM notifications WHERE notifications.id = receipts.notification_id));
