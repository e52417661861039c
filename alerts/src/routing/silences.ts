import { randomUUID } from "node:crypto";
import { COMPONENTS, type Component } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { isoColumn, nullableIsoColumn, toTimestamp } from "../rows.ts";

/**
 * Silences: "we know, tell nobody until then". Alerts are kept all the same; critical passes every silence.
 * A row is only ever ended, never deleted, so it says who kept what quiet, when and why.
 */

export interface NewSilence {
  /** At least one of vin, component and rule; what is null matches all. */
  readonly vin: string | null;
  readonly component: Component | null;
  /** Id of a rule or detector. */
  readonly ruleId: string | null;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly reason: string;
  readonly actor: string;
}

const silenceRow = z.object({
  id: z.string(),
  vin: z.string().nullable(),
  component: z.enum(COMPONENTS).nullable(),
  ruleId: z.string().nullable(),
  from: isoColumn,
  until: isoColumn,
  reason: z.string(),
  createdBy: z.string(),
  createdAt: isoColumn,
  endedBy: z.string().nullable(),
  endedAt: nullableIsoColumn,
});

const COLUMNS = `id, vin, component, rule_id AS "ruleId", from_at AS "from", until_at AS "until", reason, created_by AS "createdBy",
  created_at AS "createdAt", ended_by AS "endedBy", ended_at AS "endedAt"`;

export async function createSilence(db: Queryable, silence: NewSilence, nowMs: number) {
  const id = `sl-${randomUUID().slice(0, 18)}`;
  const { vin, component, ruleId, fromMs, untilMs, reason, actor } = silence;
  const [row] = await db.query(
    `INSERT INTO silences (id, vin, component, rule_id, from_at, until_at, reason, created_by, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
    [id, vin, component, ruleId, toTimestamp(fromMs), toTimestamp(untilMs), reason, actor, toTimestamp(nowMs)],
    silenceRow,
  );
  return row;
}

/** Ends a silence now; null when there is no such silence. Ending it twice keeps the first end. */
export async function endSilence(db: Queryable, id: string, actor: string, nowMs: number) {
  const rows = await db.query(
    `UPDATE silences SET ended_by = coalesce(ended_by, $2), ended_at = coalesce(ended_at, $3) WHERE id = $1 RETURNING ${COLUMNS}`,
    [id, actor, toTimestamp(nowMs)],
    silenceRow,
  );
  return rows[0] ?? null;
}

/** Silences, newest first. */
export function listSilences(db: Queryable, limit: number) {
  return db.query(`SELECT ${COLUMNS} FROM silences ORDER BY created_at DESC, id LIMIT $1`, [limit], silenceRow);
}

/** The silence a finding falls under at its event time; null when there is none. */
export async function findSilence(
  tx: Queryable,
  about: { vin: string; component: Component; ruleId: string; atMs: number },
): Promise<string | null> {
  const rows = await tx.query(
    `SELECT id FROM silences WHERE (vin IS NULL OR vin = $1) AND (component IS NULL OR component = $2) AND (rule_id IS NULL OR rule_id = $3)
       AND from_at <= $4 AND least(until_at, ended_at) > $4 ORDER BY until_at DESC LIMIT 1`,
    [about.vin, about.component, about.ruleId, toTimestamp(about.atMs)],
    z.object({ id: z.string() }),
  );
  return rows[0]?.id ?? null;
}
