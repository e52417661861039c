import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { listLabelsOf } from "./labelNotes.ts";

/**
 * Everything PostgreSQL holds about the owner of a vehicle, and what workshops noted about it, as JSON (GDPR articles 15 and 20, PIPL
 * article 45). One line per table: a table with a person's data that is missing here is a defect, and a test compares the list with the schema.
 */

export const PERSON_TABLES = {
  contact: "SELECT * FROM vehicle_contacts t WHERE vin = $1",
  preferences: "SELECT * FROM owner_preferences t WHERE vin = $1",
  consents: "SELECT * FROM consents t WHERE vin = $1 ORDER BY seq",
  // What the owner was told; the operator's record of what he was not told is part of it.
  notifications: `SELECT t.*, o.state, o.attempts, o.failure, o.finished_at FROM notifications t JOIN outbox o ON o.id = t.id
    WHERE t.vin = $1 AND t.audience = 'owner' ORDER BY t.created_at`,
  receipts: `SELECT t.* FROM receipts t JOIN notifications n ON n.id = t.notification_id WHERE n.vin = $1 AND n.audience = 'owner' ORDER BY t.at`,
  ownerActions: "SELECT * FROM owner_actions t WHERE vin = $1 ORDER BY at",
  snoozes: "SELECT t.* FROM snoozes t JOIN alerts a ON a.id = t.alert_id WHERE a.vin = $1",
  alerts: "SELECT * FROM alerts t WHERE vin = $1 AND NOT held_out ORDER BY opened_at",
  transitions: "SELECT t.* FROM alert_transitions t JOIN alerts a ON a.id = t.alert_id WHERE t.vin = $1 AND NOT a.held_out ORDER BY t.id",
  leads: "SELECT * FROM leads t WHERE vin = $1 ORDER BY offered_at",
  leadEvents: "SELECT t.* FROM lead_events t JOIN leads l ON l.id = t.lead_id WHERE l.vin = $1 ORDER BY t.seq",
  repairOrders: "SELECT * FROM repair_orders t WHERE vin = $1 ORDER BY at",
  followUps: "SELECT * FROM follow_ups t WHERE vin = $1 ORDER BY due_at",
  careNotices: "SELECT * FROM care_notices t WHERE vin = $1 ORDER BY decided_at",
  careLooks: "SELECT * FROM care_looks t WHERE vin = $1",
  maintenanceDone: "SELECT * FROM maintenance_done t WHERE vin = $1 ORDER BY done_at",
  recalls: "SELECT * FROM recalls t WHERE vin = $1 ORDER BY opened_on",
  silences: "SELECT * FROM silences t WHERE vin = $1 ORDER BY created_at",
  personalReads: "SELECT * FROM personal_reads t WHERE vin = $1 ORDER BY seq",
  // Never the hash of a secret.
  keys: "SELECT id, name, role, created_at, expires_at, revoked_at FROM api_keys t WHERE vin = $1",
} as const;

export const personExportSchema = z.object({
  schemaVersion: z.literal(1),
  vin: z.string(),
  exportedAt: z.iso.datetime(),
  tables: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
});
export type PersonExport = z.infer<typeof personExportSchema>;

const jsonRow = z.object({ row: z.record(z.string(), z.unknown()) });

/** Reads it all in one transaction's view of the data; empty lists where there is nothing. */
export async function exportPerson(tx: Queryable, store: ColumnStore, vin: string, nowMs: number): Promise<PersonExport> {
  const tables: Record<string, Record<string, unknown>[]> = { labels: await listLabelsOf(store, vin) };
  for (const [name, sql] of Object.entries(PERSON_TABLES)) {
    const rows = await tx.query(`SELECT to_jsonb(found) AS row FROM (${sql}) AS found`, [vin], jsonRow);
    tables[name] = rows.map(({ row }) => row);
  }
  return { schemaVersion: 1, vin, exportedAt: new Date(nowMs).toISOString(), tables };
}
