-- Row-level security. The API runs every read of a request in one of these roles (SET LOCAL ROLE), none of which may
-- log in, owns a table, or bypasses policies; the dealer's id or the owner's VIN is set for the transaction only.
-- Services (pipeline, sender) work as the owner of the tables.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['bellwether_staff', 'bellwether_dealer', 'bellwether_owner'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS', role_name);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      -- Roles belong to the cluster; another database of ours made it.
      NULL;
    END;
    IF NOT pg_has_role(current_user, role_name, 'MEMBER') THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', role_name);
    EXECUTE format('GRANT SELECT ON alerts, alert_findings, alert_transitions, leads, notifications, outbox TO %I', role_name);
  END LOOP;
END;
$$;
GRANT SELECT ON dealers TO bellwether_staff;

ALTER TABLE alerts ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_findings ENABLE ROW LEVEL SECURITY;
ALTER TABLE alert_transitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE leads ENABLE ROW LEVEL SECURITY;
ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE vehicle_contacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
  table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['alerts', 'alert_findings', 'alert_transitions', 'leads', 'notifications', 'outbox'] LOOP
    EXECUTE format('DROP POLICY IF EXISTS staff_reads ON %I', table_name);
    EXECUTE format('CREATE POLICY staff_reads ON %I FOR SELECT TO bellwether_staff USING (true)', table_name);
    EXECUTE format('DROP POLICY IF EXISTS dealer_reads ON %I', table_name);
    EXECUTE format('DROP POLICY IF EXISTS owner_reads ON %I', table_name);
  END LOOP;
END;
$$;

-- A dealer: its own leads, the alerts behind them, and what it was told itself. Unset dealer id: no row.
CREATE POLICY dealer_reads ON leads FOR SELECT TO bellwether_dealer
  USING (dealer_id = current_setting('app.dealer_id', true));
CREATE POLICY dealer_reads ON alerts FOR SELECT TO bellwether_dealer
  USING (EXISTS (SELECT 1 FROM leads WHERE leads.alert_id = alerts.id));
CREATE POLICY dealer_reads ON alert_findings FOR SELECT TO bellwether_dealer
  USING (EXISTS (SELECT 1 FROM leads WHERE leads.alert_id = alert_findings.alert_id));
CREATE POLICY dealer_reads ON alert_transitions FOR SELECT TO bellwether_dealer
  USING (EXISTS (SELECT 1 FROM leads WHERE leads.alert_id = alert_transitions.alert_id));
CREATE POLICY dealer_reads ON notifications FOR SELECT TO bellwether_dealer
  USING (audience = 'dealer' AND dealer_id = current_setting('app.dealer_id', true));
CREATE POLICY dealer_reads ON outbox FOR SELECT TO bellwether_dealer
  USING (kind = 'notification' AND EXISTS (SELECT 1 FROM notifications WHERE notifications.id = outbox.id));

-- An owner: the alerts of the own car and what the owner was told.
CREATE POLICY owner_reads ON alerts FOR SELECT TO bellwether_owner
  USING (vin = current_setting('app.vin', true));
CREATE POLICY owner_reads ON alert_findings FOR SELECT TO bellwether_owner
  USING (EXISTS (SELECT 1 FROM alerts WHERE alerts.id = alert_findings.alert_id));
CREATE POLICY owner_reads ON alert_transitions FOR SELECT TO bellwether_owner
  USING (vin = current_setting('app.vin', true));
CREATE POLICY owner_reads ON notifications FOR SELECT TO bellwether_owner
  USING (audience = 'owner' AND vin = current_setting('app.vin', true));
CREATE POLICY owner_reads ON outbox FOR SELECT TO bellwether_owner
  USING (kind = 'notification' AND EXISTS (SELECT 1 FROM notifications WHERE notifications.id = outbox.id));
