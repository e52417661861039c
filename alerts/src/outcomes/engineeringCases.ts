import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { isoColumn, nullableIsoColumn, toTimestamp } from "../rows.ts";

/** Three cars with the same confirmed failure within a quarter are a matter for engineering, not for three workshops. */

export const CASE_CARS = 3;
const WINDOW_DAYS = 90;

/** Opens a case for every kind of failure that has reached the number; one that is open is brought up to date. Returns the new ones. */
export async function openCases(db: Pick<Postgres, "query">, nowMs: number): Promise<readonly string[]> {
  const opened = await db.query(
    `WITH kinds AS (
       SELECT f.finding #>> '{source,id}' AS source_id, l.component, array_agg(DISTINCT l.vin ORDER BY l.vin) AS vins
       FROM leads l JOIN alert_findings f ON f.alert_id = l.alert_id
       WHERE l.state = 'closed' AND l.outcome = 'confirmed' AND l.closed_at > $1::timestamptz - make_interval(days => ${WINDOW_DAYS})
         AND l.closed_at <= $1
       GROUP BY 1, 2 HAVING count(DISTINCT l.vin) >= ${CASE_CARS})
     INSERT INTO engineering_cases (id, source_id, component, vins, opened_at)
     SELECT 'ec-' || substr(md5(source_id || '/' || component || '/' || $1::text), 1, 16), source_id, component, vins, $1 FROM kinds k
     WHERE NOT EXISTS (SELECT 1 FROM engineering_cases c WHERE c.source_id = k.source_id AND c.component = k.component
       AND c.closed_at IS NOT NULL AND c.vins @> k.vins)
     ON CONFLICT (source_id, component) WHERE closed_at IS NULL DO UPDATE SET vins = excluded.vins
     RETURNING id, xmax = 0 AS is_new`,
    [toTimestamp(nowMs)],
    z.object({ id: z.string(), is_new: z.boolean() }),
  );
  return opened.filter(({ is_new }) => is_new).map(({ id }) => id);
}

export const caseSchema = z.object({
  id: z.string(),
  sourceId: z.string(),
  component: z.string(),
  vins: z.array(z.string()),
  openedAt: isoColumn,
  closedAt: nullableIsoColumn,
  closedBy: z.string().nullable(),
  note: z.string(),
});
const COLUMNS = `id, source_id AS "sourceId", component, vins, opened_at AS "openedAt", closed_at AS "closedAt", closed_by AS "closedBy", note`;

/** Cases, open ones first. */
export function listCases(db: Queryable) {
  return db.query(`SELECT ${COLUMNS} FROM engineering_cases ORDER BY closed_at IS NOT NULL, opened_at DESC, id LIMIT 500`, [], caseSchema);
}

/** Ends a case with what engineering did; null when there is none. The same cars do not open it again. */
export async function closeCase(db: Queryable, { id, actor, note }: { id: string; actor: string; note: string }, nowMs: number) {
  const rows = await db.query(
    `UPDATE engineering_cases SET closed_at = coalesce(closed_at, $2), closed_by = coalesce(closed_by, $3), note = $4 WHERE id = $1
     RETURNING ${COLUMNS}`,
    [id, toTimestamp(nowMs), actor, note],
    caseSchema,
  );
  return rows[0] ?? null;
}
