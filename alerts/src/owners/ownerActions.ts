import { LANGUAGES, LEAD_STATES } from "@bellwether/contracts/alert";
import { SEVERITIES } from "@bellwether/contracts/finding";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { lockAlert, recordTransition } from "../alert/alertStore.ts";
import { cancelPending, MESSAGE_PURPOSES } from "../delivery/outbox.ts";
import { recordReceipt } from "../delivery/receipts.ts";
import { toTimestamp } from "../rows.ts";
import type { OwnerAction } from "./actionLinks.ts";
import { recordConsent } from "./consents.ts";

/** What a click on a link in a message does. Doing it twice is doing it once; each is audited. */

const SNOOZE_MS = 7 * 86_400_000;

const messageRow = z.object({
  alert_id: z.string().nullable(),
  purpose: z.enum(MESSAGE_PURPOSES),
  vin: z.string(),
  language: z.enum(LANGUAGES),
  title: z.string(),
  severity: z.enum(SEVERITIES),
  text_version: z.string().nullable(),
  lead_state: z.enum(LEAD_STATES).nullable(),
});
export type OwnerMessage = z.infer<typeof messageRow>;

/** The message a link belongs to; null when it is gone. */
export async function findMessage(tx: Queryable, notificationId: string): Promise<OwnerMessage | null> {
  const rows = await tx.query(
    `SELECT n.alert_id, n.purpose, n.vin, n.language, n.title, n.severity, n.consent_text_version AS text_version, l.state AS lead_state
     FROM notifications n LEFT JOIN leads l ON l.alert_id = n.alert_id WHERE n.id = $1 AND n.audience = 'owner'`,
    [notificationId],
    messageRow,
  );
  return rows[0] ?? null;
}

/** Carries out what the owner asked for. */
export function actForOwner(
  db: Pick<Postgres, "transaction">,
  notificationId: string,
  action: OwnerAction,
  nowMs: number,
): Promise<"done" | "not_found"> {
  return db.transaction(async (tx) => {
    const message = await findMessage(tx, notificationId);
    if (message === null) return "not_found";
    if (message.alert_id === null) return actOnCare(tx, message, { notificationId, action, nowMs });
    const alert = await lockAlert(tx, message.alert_id);
    if (alert === null) return "not_found";
    const isNew = await tx.execute(
      `INSERT INTO owner_actions (notification_id, action, alert_id, vin, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
      [notificationId, action, alert.id, alert.vin, toTimestamp(nowMs)],
    );
    if (isNew === 0) return "done";
    await recordReceipt(tx, { id: `link-${notificationId}-${action}`, notificationId, kind: "clicked", atMs: nowMs }, nowMs);
    await EFFECTS[action](tx, { notificationId, alertId: alert.id, vin: alert.vin, textVersion: message.text_version ?? "", nowMs });
    const audit = { alert, action: `owner_${action}`, reason: "none", fromState: alert.state, findingId: null };
    await recordTransition(tx, { ...audit, actor: "owner", note: `link in ${notificationId}`, decidedAtMs: nowMs });
    return "done";
  });
}

/** Care has no alert: a click is kept, "already done" starts the next interval, "stop" withdraws the consent to care. */
async function actOnCare(
  tx: Queryable,
  { vin, text_version }: OwnerMessage,
  { notificationId, action, nowMs }: { notificationId: string; action: OwnerAction; nowMs: number },
): Promise<"done"> {
  const isNew = await tx.execute(
    "INSERT INTO owner_actions (notification_id, action, vin, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    [notificationId, action, vin, toTimestamp(nowMs)],
  );
  if (isNew === 0) return "done";
  await recordReceipt(tx, { id: `link-${notificationId}-${action}`, notificationId, kind: "clicked", atMs: nowMs }, nowMs);
  const proof = `link in message ${notificationId}`;
  if (action === "stop")
    await recordConsent(tx, {
      vin,
      purpose: "care",
      given: false,
      textVersion: text_version ?? "",
      atMs: nowMs,
      proof,
      recordedBy: "owner",
    });
  if (action === "done")
    await tx.execute(
      `INSERT INTO maintenance_done (vin, item, done_at, odometer_km, source)
       SELECT vin, item, $2, odometer_km, $3 FROM care_notices WHERE notification_id = $1 AND item IS NOT NULL ON CONFLICT DO NOTHING`,
      [notificationId, toTimestamp(nowMs), proof],
    );
  return "done";
}

interface Subject {
  readonly notificationId: string;
  readonly alertId: string;
  readonly vin: string;
  readonly textVersion: string;
  readonly nowMs: number;
}

const EFFECTS: Readonly<Record<OwnerAction, (tx: Queryable, subject: Subject) => Promise<void>>> = {
  /** The dealer sees the wish on the lead. */
  book: async () => {},
  /** No more of it to the owner; the lead stays until the workshop says what was done. */
  done: async (tx, { alertId, nowMs }) => {
    await tx.execute("UPDATE alerts SET reminded = true WHERE id = $1", [alertId]);
    await cancelPending(tx, alertId, "settled", nowMs);
  },
  snooze: async (tx, { alertId, nowMs }) => {
    await tx.execute(
      "INSERT INTO snoozes (alert_id, until_at) VALUES ($1, $2) ON CONFLICT (alert_id) DO UPDATE SET until_at = excluded.until_at",
      [alertId, toTimestamp(nowMs + SNOOZE_MS)],
    );
    await cancelPending(tx, alertId, "snoozed", nowMs);
  },
  stop: async (tx, { notificationId, vin, textVersion, nowMs }) => {
    const proof = `link in message ${notificationId}`;
    await recordConsent(tx, { vin, purpose: "service", given: false, textVersion, atMs: nowMs, proof, recordedBy: "owner" });
  },
};
