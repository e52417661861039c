import { createHash, randomUUID } from "node:crypto";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { findConsent, PURPOSES, recordConsent } from "../owners/consents.ts";
import { isoColumn, toTimestamp } from "../rows.ts";
import { eraseLabelNotes, untilLabelsWritten } from "./labelNotes.ts";

/**
 * Erasure of the owner of a vehicle (GDPR article 17, PIPL article 47): who it is goes, what the car did stays. Telemetry
 * is not touched; nothing is left that leads from the VIN to a person. Consents stay as proof, withdrawn, so that the
 * next owner of the car does not inherit them. In one transaction with its proof.
 */

export interface Erasure {
  readonly id: string;
  readonly at: string;
  /** Rows changed, by what was done. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface ErasureRequest {
  readonly vin: string;
  readonly requestedBy: string;
  readonly reason: string;
}

const ERASED = "erased";

/** The steps, in order; each is a statement on `$1` = VIN and `$2` = now, and its name is what the proof counts. */
const STEPS: Readonly<Record<string, string>> = {
  // Also what a sender holds right now: without its lease, what it says afterwards is not believed.
  intentionsCancelled: `UPDATE outbox SET state = 'cancelled', failure_detail = '${ERASED}', held = false, finished_at = $2, leased_until = NULL,
      leased_by = NULL
    WHERE state = 'due' AND id IN (SELECT id FROM notifications WHERE vin = $1 AND audience = 'owner')`,
  contactsRemoved: "DELETE FROM vehicle_contacts WHERE vin = $1 AND $2::timestamptz IS NOT NULL",
  preferencesRemoved: "DELETE FROM owner_preferences WHERE vin = $1 AND $2::timestamptz IS NOT NULL",
  snoozesRemoved: "DELETE FROM snoozes USING alerts a WHERE a.id = alert_id AND a.vin = $1 AND $2::timestamptz IS NOT NULL",
  // The next owner of the car is told anew.
  careNoticesRemoved: "DELETE FROM care_notices WHERE vin = $1 AND $2::timestamptz IS NOT NULL",
  messagesEmptied: `UPDATE notifications SET address = '${ERASED}', title = '${ERASED}', body = '${ERASED}'
    WHERE vin = $1 AND audience = 'owner' AND $2::timestamptz IS NOT NULL`,
  keysRevoked: `UPDATE api_keys SET revoked_at = coalesce(revoked_at, $2), name = '${ERASED}' WHERE vin = $1 AND role = 'owner'`,
  leadNotesEmptied: "UPDATE leads SET note = '' WHERE vin = $1 AND note <> '' AND $2::timestamptz IS NOT NULL",
  visitNotesEmptied: "UPDATE repair_orders SET note = '' WHERE vin = $1 AND note <> '' AND $2::timestamptz IS NOT NULL",
  auditNotesEmptied: "UPDATE alert_transitions SET note = '' WHERE vin = $1 AND note <> '' AND $2::timestamptz IS NOT NULL",
  leadEventNotesEmptied: `UPDATE lead_events SET note = '' FROM leads l
    WHERE l.id = lead_id AND l.vin = $1 AND lead_events.note <> '' AND $2::timestamptz IS NOT NULL`,
  labelNotesEmptied: `UPDATE outbox SET payload = jsonb_set(payload, '{note}', '""')
    WHERE kind = 'label' AND payload ->> 'vin' = $1 AND payload ->> 'note' <> '' AND $2::timestamptz IS NOT NULL`,
  // Kept answers to requests about the owner may show wishes and addresses.
  keptAnswersRemoved: "DELETE FROM idempotency_keys WHERE strpos(body, $1) > 0 AND $2::timestamptz IS NOT NULL",
};

export interface ErasureDeps {
  readonly db: Postgres;
  readonly store: ColumnStore;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Erases from both databases and returns the proof. Doing it again erases what has come since and is another proof. Notes in
 * ClickHouse go within the transaction, so that the proof counts them, and once more after it: a sender may have written one meanwhile.
 */
export async function erasePerson({ db, store, now, sleep }: ErasureDeps, request: ErasureRequest): Promise<Erasure> {
  const erasure = await db.transaction(async (tx) => {
    const workshopNotesEmptied = await eraseLabelNotes(store, request.vin);
    return eraseRows(tx, request, { nowMs: now(), workshopNotesEmptied });
  });
  await untilLabelsWritten(db, request.vin, { now, sleep });
  await eraseLabelNotes(store, request.vin);
  return erasure;
}

async function eraseRows(
  tx: Queryable,
  { vin, requestedBy, reason }: ErasureRequest,
  { nowMs, workshopNotesEmptied }: { readonly nowMs: number; readonly workshopNotesEmptied: number },
): Promise<Erasure> {
  const id = `er-${randomUUID()}`;
  const at = toTimestamp(nowMs);
  await tx.execute("SELECT set_config('app.erasure_id', $1, true)", [id]);
  const counts: Record<string, number> = { workshopNotesEmptied, consentsWithdrawn: await withdrawConsents(tx, vin, id, nowMs) };
  for (const [step, sql] of Object.entries(STEPS)) counts[step] = await tx.execute(sql, [vin, at]);
  await tx.execute("INSERT INTO erasures (id, vin_sha256, requested_by, reason, counts, at) VALUES ($1, $2, $3, $4, $5::jsonb, $6)", [
    id,
    hashOf(vin),
    requestedBy,
    reason,
    JSON.stringify(counts),
    at,
  ]);
  await tx.execute("SELECT set_config('app.erasure_id', '', true)");
  return { id, at, counts };
}

async function withdrawConsents(tx: Queryable, vin: string, erasureId: string, nowMs: number): Promise<number> {
  let withdrawn = 0;
  for (const purpose of PURPOSES) {
    const latest = await findConsent(tx, vin, purpose);
    if (latest?.given !== true) continue;
    const entry = { vin, purpose, given: false, textVersion: latest.text_version, proof: `erasure ${erasureId}`, recordedBy: "erasure" };
    await recordConsent(tx, { ...entry, atMs: Math.max(nowMs, latest.at + 1) });
    withdrawn++;
  }
  return withdrawn;
}

/** SHA-256 of the VIN: whoever has the VIN can find the proof, the proof does not give the VIN. */
function hashOf(vin: string): string {
  return createHash("sha256").update(vin).digest("hex");
}

const erasureRow = z.object({
  id: z.string(),
  at: isoColumn,
  requestedBy: z.string(),
  reason: z.string(),
  counts: z.record(z.string(), z.number()),
});

/** Proofs of a vehicle's erasures, latest first. */
export function listErasures(db: Queryable, vin: string) {
  return db.query(
    `SELECT id, at, requested_by AS "requestedBy", reason, counts FROM erasures WHERE vin_sha256 = $1 ORDER BY at DESC`,
    [hashOf(vin)],
    erasureRow,
  );
}
