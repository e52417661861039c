import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { toTimestamp } from "../rows.ts";
import type { Draw, HoldoutOptions } from "./holdout.ts";
import type { ArmSums } from "./uplift.ts";

/** Draws as they were made, and the sums of what followed. */

export interface TrialUnit {
  readonly vin: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly component: string;
  readonly alertId: string;
  readonly drawnAtMs: number;
}

/** Keeps the first draw of a vehicle and rule; it is the same draw every time. */
export async function recordDraw(tx: Queryable, unit: TrialUnit, { arm, draw }: Draw, { share, salt }: HoldoutOptions): Promise<void> {
  await tx.execute(
    `INSERT INTO trial_draws (vin, rule_id, salt, rule_version, component, alert_id, arm, share, draw, drawn_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
    [unit.vin, unit.ruleId, salt, unit.ruleVersion, unit.component, unit.alertId, arm, share, draw, toTimestamp(unit.drawnAtMs)],
  );
}

/**
 * How a rule's numbers can be cut: not at all, by the owner's own dealer, or by the channel the owner is reached on. Both are
 * known before anybody is told and in both arms, so a slice compares like with like; what happened afterwards may not cut.
 */
export const PROOF_SLICES = { rule: "''", dealer: "coalesce(c.dealer_id, '')", channel: "coalesce(c.channel, '')" } as const;
export type ProofSlice = keyof typeof PROOF_SLICES;

const sumsRow = z.object({
  slice: z.string(),
  ruleId: z.string(),
  ruleVersion: z.number(),
  arm: z.enum(["told", "held"]),
  vehicles: z.number(),
  reports: z.number(),
  reportsSquared: z.number(),
  converted: z.number(),
});
export type RuleArm = z.infer<typeof sumsRow> & ArmSums;

/** Sums per rule version, slice and arm, of vehicles whose whole window lies in the past. */
export function readArms(
  tx: Queryable,
  { windowDays, nowMs, by }: { windowDays: number; nowMs: number; by: ProofSlice },
): Promise<readonly RuleArm[]> {
  return tx.query(
    `WITH followed AS (
       SELECT t.rule_id, t.rule_version, t.arm, ${PROOF_SLICES[by]} AS slice,
         count(r.id) FILTER (WHERE r.cause IN ('complaint', 'breakdown')) AS reports,
         bool_or(coalesce(r.cause IN ('advice', 'routine'), false)) AS converted
       FROM trial_draws t LEFT JOIN repair_orders r ON r.vin = t.vin AND r.component = t.component
         AND r.at > t.drawn_at AND r.at <= t.drawn_at + make_interval(days => $1)
         ${by === "rule" ? "" : "LEFT JOIN vehicle_contacts c ON c.vin = t.vin"}
       WHERE t.drawn_at <= $2::timestamptz - make_interval(days => $1)
       GROUP BY t.rule_id, t.rule_version, t.arm, t.vin, slice)
     SELECT slice, rule_id AS "ruleId", rule_version AS "ruleVersion", arm, count(*)::int AS vehicles, sum(reports)::float8 AS reports,
       sum(reports * reports)::float8 AS "reportsSquared", count(*) FILTER (WHERE converted)::int AS converted
     FROM followed GROUP BY slice, rule_id, rule_version, arm ORDER BY rule_id, rule_version, slice, arm`,
    [windowDays, toTimestamp(nowMs)],
    sumsRow,
  );
}
