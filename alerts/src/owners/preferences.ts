import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { nullableMsColumn, toTimestamp } from "../rows.ts";
import { COUNTED_REASONS, type DeliveryPlan, monthOf, type PlanInput, planDelivery } from "./deliveryPlan.ts";

/** What an owner asked for, and the plan of a message made from it. */

const minute = z.number().int().min(0).max(1439).nullable();
export const preferencesSchema = z.object({
  quietFromMin: minute.describe("minutes after local midnight"),
  quietToMin: minute,
  maxPerMonth: z.number().int().min(0).max(100).nullable().describe("messages a month that are not about safety"),
  digestAtMin: minute.describe("gather what can wait, and send it once a day at this minute"),
  fallbackChannel: z.string().max(40).nullable(),
  fallbackAddress: z.string().max(2000).nullable(),
});
export type Preferences = z.infer<typeof preferencesSchema>;

const COLUMNS = `quiet_from_min AS "quietFromMin", quiet_to_min AS "quietToMin", max_per_month AS "maxPerMonth",
  digest_at_min AS "digestAtMin", fallback_channel AS "fallbackChannel", fallback_address AS "fallbackAddress"`;

export async function savePreferences(tx: Queryable, vin: string, preferences: Preferences, nowMs: number): Promise<void> {
  const { quietFromMin, quietToMin, maxPerMonth, digestAtMin, fallbackChannel, fallbackAddress } = preferences;
  await tx.execute(
    `INSERT INTO owner_preferences (vin, quiet_from_min, quiet_to_min, max_per_month, digest_at_min, fallback_channel, fallback_address,
       updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (vin) DO UPDATE SET quiet_from_min = excluded.quiet_from_min, quiet_to_min = excluded.quiet_to_min,
       max_per_month = excluded.max_per_month, digest_at_min = excluded.digest_at_min, fallback_channel = excluded.fallback_channel,
       fallback_address = excluded.fallback_address, updated_at = excluded.updated_at`,
    [vin, quietFromMin, quietToMin, maxPerMonth, digestAtMin, fallbackChannel, fallbackAddress, toTimestamp(nowMs)],
  );
}

export async function findPreferences(tx: Queryable, vin: string): Promise<Preferences | null> {
  const rows = await tx.query(`SELECT ${COLUMNS} FROM owner_preferences WHERE vin = $1`, [vin], preferencesSchema);
  return rows[0] ?? null;
}

const usageRow = z.object({ sent: z.number(), snoozed_until: nullableMsColumn });

/** The plan of one owner message: what was asked for, what the month has seen (by event time), what is snoozed. */
export async function planFor(
  tx: Queryable,
  message: Pick<PlanInput, "severity" | "reason" | "timeZone" | "nowMs"> & {
    readonly id: string;
    readonly vin: string;
    /** Null: care, which belongs to no alert. */
    readonly alertId: string | null;
    readonly decidedAtMs: number;
  },
): Promise<DeliveryPlan> {
  const { fromMs, toMs } = monthOf(message.decidedAtMs, message.timeZone);
  const preferences = await findPreferences(tx, message.vin);
  const [usage] = await tx.query(
    `SELECT (SELECT count(*) FROM notifications n JOIN outbox o ON o.id = n.id
         WHERE n.vin = $1 AND n.audience = 'owner' AND n.withheld_reason IS NULL AND n.severity <> 'critical'
           AND n.decided_at >= $2 AND n.decided_at < $3 AND n.reason = ANY ($4) AND (o.state <> 'cancelled' OR o.failure_detail = 'in_digest')
           AND n.id <> $6)::int AS sent,
       (SELECT until_at FROM snoozes WHERE alert_id = $5) AS snoozed_until`,
    [message.vin, toTimestamp(fromMs), toTimestamp(toMs), [...COUNTED_REASONS], message.alertId, message.id],
    usageRow,
  );
  return planDelivery({ ...message, preferences, sentThisMonth: usage?.sent ?? 0, snoozedUntilMs: usage?.snoozed_until ?? null });
}
