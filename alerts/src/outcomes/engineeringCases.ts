import { createHash } from "node:crypto";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { enqueueJob } from "../delivery/outbox.ts";
import { isoColumn, nullableIsoColumn, toTimestamp } from "../rows.ts";
import { CASE_CARS, failuresInARow, type RepeatedFailure, type Visit } from "./inARow.ts";

/**
 * The same confirmed failure on three cars in a row, at a dealer or of a model, is a matter for the maker's engineers: a case for
 * them, told once to every webhook of the maker's own.
 */

export interface CaseDeps {
  readonly db: Pick<Postgres, "query" | "transaction">;
  /** Knows the cars' models. */
  readonly store: Pick<ColumnStore, "query">;
}

const WINDOW_DAYS = 90;

const visitRow = z.object({
  vin: z.string(),
  dealerId: z.string().nullable(),
  sourceId: z.string(),
  component: z.string(),
  isConfirmed: z.boolean(),
});
const modelRow = z.object({ vin: z.string(), model: z.string() });
const targetRow = z.object({ id: z.string(), url: z.string() });

/** Opens a case for every failure in a row; one that is open is brought up to date. Returns the new ones. */
export async function openCases({ db, store }: CaseDeps, nowMs: number): Promise<readonly string[]> {
  const visits = await readVisits(db, nowMs);
  if (visits.length === 0) return [];
  const failures = failuresInARow(visits, await readModels(store, [...new Set(visits.map(({ vin }) => vin))]));
  const opened: string[] = [];
  for (const failure of failures) {
    const id = await db.transaction((tx) => openCase(tx, failure, nowMs));
    if (id !== undefined) opened.push(id);
  }
  return opened;
}

/** Visits of kinds of failures that enough cars had, in the order they were closed; those that say nothing of the finding are left out. */
function readVisits(db: CaseDeps["db"], nowMs: number): Promise<Visit[]> {
  return db.query(
    `WITH visits AS (
       SELECT DISTINCT l.id, l.vin, l.dealer_id, f.finding #>> '{source,id}' AS source_id, l.component, l.outcome = 'confirmed' AS is_confirmed, l.closed_at
       FROM leads l JOIN alert_findings f ON f.alert_id = l.alert_id
       WHERE l.state = 'closed' AND l.outcome IN ('confirmed', 'no_fault_found', 'other_fault')
         AND l.closed_at > $1::timestamptz - make_interval(days => ${WINDOW_DAYS}) AND l.closed_at <= $1),
     kinds AS (
       SELECT source_id, component FROM visits WHERE is_confirmed GROUP BY 1, 2 HAVING count(DISTINCT vin) >= ${CASE_CARS})
     SELECT vin, dealer_id AS "dealerId", source_id AS "sourceId", component, is_confirmed AS "isConfirmed"
     FROM visits JOIN kinds USING (source_id, component) ORDER BY closed_at, id`,
    [toTimestamp(nowMs)],
    visitRow,
  );
}

async function readModels(store: CaseDeps["store"], vins: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await store.query(
    "SELECT vin, argMax(model, revision) AS model FROM vehicles WHERE vin IN {vins: Array(String)} GROUP BY vin",
    modelRow,
    { params: { vins } },
  );
  return new Map(rows.map(({ vin, model }) => [vin, model]));
}

/** The new case's id; undefined where it is open already, or was closed with these very cars. */
async function openCase(tx: Queryable, failure: RepeatedFailure, nowMs: number): Promise<string | undefined> {
  const { scope, scopeId, sourceId, component, vins } = failure;
  const [row] = await tx.query(
    `INSERT INTO engineering_cases (id, scope, scope_id, source_id, component, vins, opened_at)
     SELECT $1, $2, $3, $4, $5, $6::text[], $7
     WHERE NOT EXISTS (SELECT 1 FROM engineering_cases c WHERE c.scope = $2 AND c.scope_id = $3 AND c.source_id = $4 AND c.component = $5
       AND c.closed_at IS NOT NULL AND c.vins @> $6::text[])
     ON CONFLICT (source_id, component, scope, scope_id) WHERE closed_at IS NULL DO UPDATE SET vins = excluded.vins
     RETURNING id, xmax = 0 AS is_new`,
    [caseIdOf(failure, nowMs), scope, scopeId, sourceId, component, vins, toTimestamp(nowMs)],
    z.object({ id: z.string(), is_new: z.boolean() }),
  );
  if (row === undefined || !row.is_new) return undefined;
  await tellEngineers(tx, row.id, failure, nowMs);
  return row.id;
}

function caseIdOf({ scope, scopeId, sourceId, component }: RepeatedFailure, nowMs: number): string {
  const text = JSON.stringify([scope, scopeId, sourceId, component, nowMs]);
  return `ec-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}

/** To the webhooks of the maker, not to those of dealers: what one of them found is not the others' to know. */
async function tellEngineers(tx: Queryable, caseId: string, failure: RepeatedFailure, nowMs: number): Promise<void> {
  const targets = await tx.query(
    "SELECT id, url FROM lead_webhooks WHERE ended_at IS NULL AND dealer_id IS NULL ORDER BY id",
    [],
    targetRow,
  );
  const data = { event: "engineering_case", caseId, ...failure, at: new Date(nowMs).toISOString() };
  for (const { id, url } of targets) {
    const job = { id: `${caseId}-${id}`, kind: "lead_event", thread: `${caseId}/${id}`, payload: { url, data } } as const;
    await enqueueJob(tx, { ...job, dueAtMs: nowMs, isHeld: false });
  }
}

/** Cases from before there were scopes are of the fleet. */
export const CASE_SCOPES = ["dealer", "model", "fleet"] as const;

const caseSchema = z.object({
  id: z.string(),
  scope: z.enum(CASE_SCOPES),
  scopeId: z.string(),
  sourceId: z.string(),
  component: z.string(),
  vins: z.array(z.string()),
  openedAt: isoColumn,
  closedAt: nullableIsoColumn,
  closedBy: z.string().nullable(),
  note: z.string(),
});
const COLUMNS = `id, scope, scope_id AS "scopeId", source_id AS "sourceId", component, vins, opened_at AS "openedAt", closed_at AS "closedAt",
  closed_by AS "closedBy", note`;

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
