import { LANGUAGES, type Language } from "@bellwether/contracts/alert";
import { SEVERITIES } from "@bellwether/contracts/finding";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { Message } from "../delivery/message.ts";
import { enqueueNotification, MESSAGE_PURPOSES, type MessagePurpose } from "../delivery/outbox.ts";
import { notificationIdOf } from "../identity/identity.ts";
import { toTimestamp } from "../rows.ts";

/** Messages that could wait, gathered into one per purpose. A single one leaves as it is. */

const heldRow = z.object({
  id: z.string(),
  alert_id: z.string().nullable(),
  channel: z.string(),
  address: z.string(),
  language: z.enum(LANGUAGES),
  title: z.string(),
  body: z.string(),
  severity: z.enum(SEVERITIES),
  text_version: z.string().nullable(),
});

export function renderDigest(language: Language, vin: string, parts: readonly Message[]): Message {
  const lines = parts.map(({ title, body }, i) => `${i + 1}. ${title}\n${body.split("\n")[0] ?? ""}`);
  if (language === "zh") return { title: `您的车辆有 ${parts.length} 条提醒`, body: [...lines, `车辆：${vin}`].join("\n") };
  return { title: `${parts.length} things about your car`, body: [...lines, `Car: ${vin}`].join("\n") };
}

/** Sends every digest whose time has come. Returns how many there were. */
export async function sendDigests(db: Pick<Postgres, "transaction" | "query">, now: () => number): Promise<number> {
  const nowMs = now();
  const waiting = await db.query(
    `SELECT DISTINCT n.vin, n.purpose FROM outbox o JOIN notifications n ON n.id = o.id WHERE o.held AND o.state = 'due' AND o.due_at <= $1 LIMIT 500`,
    [toTimestamp(nowMs)],
    z.object({ vin: z.string(), purpose: z.enum(MESSAGE_PURPOSES) }),
  );
  for (const { vin, purpose } of waiting) await db.transaction((tx) => gather(tx, vin, purpose, nowMs));
  return waiting.length;
}

async function gather(tx: Queryable, vin: string, purpose: MessagePurpose, nowMs: number): Promise<void> {
  const held = await tx.query(
    `SELECT o.id, n.alert_id, n.channel, n.address, n.language, n.title, n.body, n.severity, n.consent_text_version AS text_version
     FROM outbox o JOIN notifications n ON n.id = o.id WHERE o.held AND o.state = 'due' AND n.vin = $1 AND o.due_at <= $2 AND n.purpose = $3
     ORDER BY o.seq FOR UPDATE OF o SKIP LOCKED`,
    [vin, toTimestamp(nowMs), purpose],
    heldRow,
  );
  const ids = held.map(({ id }) => id);
  const latest = held.at(-1);
  if (latest === undefined) return;
  if (held.length === 1) {
    await tx.execute("UPDATE outbox SET held = false WHERE id = $1", [latest.id]);
    return;
  }
  await tx.execute(`UPDATE outbox SET state = 'cancelled', failure_detail = 'in_digest', finished_at = $2 WHERE id = ANY ($1)`, [
    ids,
    toTimestamp(nowMs),
  ]);
  const { alert_id, channel, address, language, severity, text_version } = latest;
  await enqueueNotification(tx, {
    id: notificationIdOf({
      alertId: purpose === "service" ? vin : `${vin}/${purpose}`,
      audience: "owner",
      reason: "digest",
      decidedAtMs: nowMs,
    }),
    alertId: alert_id,
    vin,
    purpose,
    severity,
    recipient: {
      audience: "owner",
      reason: "digest",
      channel,
      address,
      language,
      timeZone: "UTC",
      dealerId: null,
      withheldReason: null,
      consentTextVersion: text_version,
    },
    message: renderDigest(language, vin, held),
    decidedAtMs: nowMs,
    nowMs,
  });
}
