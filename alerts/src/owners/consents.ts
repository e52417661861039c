import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { MessagePurpose } from "../delivery/outbox.ts";
import { isoColumn, msColumn, toTimestamp } from "../rows.ts";

/** Consent per purpose: the text agreed to, when, and how we know. Rows are never changed; the latest of a purpose counts. */

export const PURPOSES = ["service", "care", "dealer_contact"] as const;
export type Purpose = (typeof PURPOSES)[number];

export interface ConsentEntry {
  readonly vin: string;
  readonly purpose: Purpose;
  readonly given: boolean;
  readonly textVersion: string;
  readonly atMs: number;
  /** How it was given, without name or address: "form 12 at delivery", "link in message nt-…". */
  readonly proof: string;
  readonly recordedBy: string;
}

/**
 * Records a consent or its withdrawal. A withdrawal of `service` or `care` takes back at once what has not been sent;
 * the sender looks again before every message. A consent older than the latest entry is history only; the same entry twice is one.
 */
export async function recordConsent(tx: Queryable, entry: ConsentEntry): Promise<void> {
  const { vin, purpose, given, textVersion, atMs, proof, recordedBy } = entry;
  await tx.execute(`INSERT INTO consents (vin, purpose, given, text_version, at, proof, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7)`, [
    vin,
    purpose,
    given,
    textVersion,
    toTimestamp(atMs),
    proof,
    recordedBy,
  ]);
  if (purpose === "service") await applyServiceConsent(tx, vin);
  if (purpose === "care" && (await findConsent(tx, vin, "care"))?.given !== true) await cancelUnsent(tx, vin, "care");
}

const latestRow = z.object({ given: z.boolean(), text_version: z.string(), at: msColumn });

/** The entry that counts for a purpose; null when the owner was never asked. */
export async function findConsent(tx: Queryable, vin: string, purpose: Purpose) {
  const rows = await tx.query(
    "SELECT given, text_version, at FROM consents WHERE vin = $1 AND purpose = $2 ORDER BY at DESC, seq DESC LIMIT 1",
    [vin, purpose],
    latestRow,
  );
  return rows[0] ?? null;
}

/** Brings the contact in line with the latest entry; a withdrawal cancels every message that is not about safety. */
async function applyServiceConsent(tx: Queryable, vin: string): Promise<void> {
  const latest = await findConsent(tx, vin, "service");
  if (latest === null) return;
  await tx.execute("UPDATE vehicle_contacts SET consent = $2, consent_text_version = $3, consent_at = $4 WHERE vin = $1", [
    vin,
    latest.given,
    latest.text_version,
    toTimestamp(latest.at),
  ]);
  if (!latest.given) await cancelUnsent(tx, vin, "service");
}

async function cancelUnsent(tx: Queryable, vin: string, purpose: MessagePurpose): Promise<void> {
  await tx.execute(
    `UPDATE outbox SET state = 'cancelled', failure_detail = 'opted_out', finished_at = now() WHERE state = 'due' AND attempts = 0
       AND id IN (SELECT id FROM notifications WHERE vin = $1 AND audience = 'owner' AND severity <> 'critical' AND withheld_reason IS NULL
         AND purpose = $2)`,
    [vin, purpose],
  );
}

const entryRow = z.object({
  purpose: z.enum(PURPOSES),
  given: z.boolean(),
  textVersion: z.string(),
  at: isoColumn,
  proof: z.string(),
  recordedBy: z.string(),
});

/** Every entry of a vehicle, latest first. */
export function listConsents(tx: Queryable, vin: string) {
  return tx.query(
    `SELECT purpose, given, text_version AS "textVersion", at, proof, recorded_by AS "recordedBy" FROM consents WHERE vin = $1
     ORDER BY at DESC, seq DESC LIMIT 500`,
    [vin],
    entryRow,
  );
}
