import { randomBytes } from "node:crypto";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { countColumn, isoColumn, nullableIsoColumn, toTimestamp } from "../rows.ts";
import { comparisonSchema, progressSchema, reportSchema } from "./reportSchemas.ts";

/** Back-tests and comparisons in PostgreSQL, so that a page can be left and a service restarted. */

export const RUN_KINDS = ["backtest", "comparison"] as const;
export type RunKind = (typeof RUN_KINDS)[number];
const RUN_STATES = ["queued", "running", "done", "failed", "cancelled", "interrupted"] as const;

/** A run that has not been heard of for this long will not go on. */
const SILENT_MS = 60_000;

export const runSchema = z.object({
  id: z.string(),
  kind: z.enum(RUN_KINDS),
  ruleId: z.string(),
  ruleHash: z.string(),
  championHash: z.string().nullable(),
  state: z.enum(RUN_STATES),
  askedBy: z.string(),
  createdAt: isoColumn,
  startedAt: nullableIsoColumn,
  finishedAt: nullableIsoColumn,
  progress: progressSchema.nullable(),
  error: z.string().nullable(),
});

const resultSchema = z.union([
  z.object({ kind: z.literal("backtest"), report: reportSchema }),
  z.object({ kind: z.literal("comparison"), comparison: comparisonSchema }),
]);
const storedRunSchema = runSchema.extend({ result: resultSchema.nullable() });
export type StoredRun = z.infer<typeof storedRunSchema>;

const COLUMNS = `id, kind, rule_id AS "ruleId", rule_hash AS "ruleHash", champion_hash AS "championHash",
  CASE WHEN state IN ('queued', 'running') AND beat_at < $1::timestamptz THEN 'interrupted' ELSE state END AS state,
  asked_by AS "askedBy", created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt", progress, error`;

export interface NewRun {
  readonly kind: RunKind;
  readonly ruleId: string;
  readonly ruleHash: string;
  readonly championHash: string | null;
  readonly request: object;
  readonly askedBy: string;
}

/** Writes a run that waits; returns its id. */
export async function insertRun(db: Queryable, run: NewRun, nowMs: number): Promise<string> {
  const id = `wr-${randomBytes(10).toString("hex")}`;
  await db.execute(
    `INSERT INTO workbench_runs (id, kind, rule_id, rule_hash, champion_hash, request, state, asked_by, created_at, beat_at)
     VALUES ($1, $2, $3, $4, $5, $6::jsonb, 'queued', $7, $8, $8)`,
    [id, run.kind, run.ruleId, run.ruleHash, run.championHash, JSON.stringify(run.request), run.askedBy, toTimestamp(nowMs)],
  );
  return id;
}

/** One run with its result; null when there is none of that id. */
export async function findRun(db: Queryable, id: string, nowMs: number): Promise<StoredRun | null> {
  const rows = await db.query(
    `SELECT ${COLUMNS}, result FROM workbench_runs WHERE id = $2`,
    [toTimestamp(nowMs - SILENT_MS), id],
    storedRunSchema,
  );
  return rows[0] ?? null;
}

/** Newest first, without results. */
export function listRuns(db: Queryable, { ruleId, limit }: { ruleId: string | null; limit: number }, nowMs: number) {
  return db.query(
    `SELECT ${COLUMNS} FROM workbench_runs WHERE $2::text IS NULL OR rule_id = $2 ORDER BY created_at DESC, id LIMIT $3`,
    [toTimestamp(nowMs - SILENT_MS), ruleId, limit],
    runSchema,
  );
}

/** A run whose labels or vehicles somebody brought along shows what he likes: nothing is promoted on it. */
const IS_IMPARTIAL = `COALESCE(request#>'{challenger,labels}', request->'labels', 'null'::jsonb) = 'null'::jsonb
       AND COALESCE(request#>'{challenger,vehicles}', request->'vehicles', 'null'::jsonb) = 'null'::jsonb`;

/** The newest finished comparison of exactly these two texts over the fleet or a sample of it; null when nobody made one. */
export async function findComparison(db: Queryable, ruleHash: string, championHash: string, nowMs: number): Promise<StoredRun | null> {
  const rows = await db.query(
    `SELECT ${COLUMNS}, result FROM workbench_runs
     WHERE kind = 'comparison' AND state = 'done' AND rule_hash = $2 AND champion_hash = $3
       AND ${IS_IMPARTIAL} ORDER BY created_at DESC LIMIT 1`,
    [toTimestamp(nowMs - SILENT_MS), ruleHash, championHash],
    storedRunSchema,
  );
  return rows[0] ?? null;
}

/** The newest finished back-test of exactly this text over the fleet or a sample of it; null when nobody made one. */
export async function findBacktest(db: Queryable, ruleHash: string, nowMs: number): Promise<StoredRun | null> {
  const rows = await db.query(
    `SELECT ${COLUMNS}, result FROM workbench_runs
     WHERE kind = 'backtest' AND state = 'done' AND rule_hash = $2 AND ${IS_IMPARTIAL} ORDER BY created_at DESC LIMIT 1`,
    [toTimestamp(nowMs - SILENT_MS), ruleHash],
    storedRunSchema,
  );
  return rows[0] ?? null;
}

/** How many runs wait or run. */
export async function countUnfinished(db: Queryable, nowMs: number): Promise<number> {
  const rows = await db.query(
    "SELECT count(*) AS n FROM workbench_runs WHERE state IN ('queued', 'running') AND beat_at >= $1",
    [toTimestamp(nowMs - SILENT_MS)],
    z.object({ n: countColumn }),
  );
  return rows[0]?.n ?? 0;
}

/** Takes a waiting run; false when it was cancelled meanwhile. */
export async function startRun(db: Queryable, id: string, nowMs: number): Promise<boolean> {
  const changed = await db.execute(
    "UPDATE workbench_runs SET state = 'running', started_at = $2, beat_at = $2 WHERE id = $1 AND state = 'queued'",
    [id, toTimestamp(nowMs)],
  );
  return changed > 0;
}

/** Says that runs are still alive, one of them with how far it is. */
export async function beat(db: Queryable, ids: readonly string[], nowMs: number): Promise<void> {
  await db.execute("UPDATE workbench_runs SET beat_at = $2 WHERE id = ANY($1) AND state IN ('queued', 'running')", [
    [...ids],
    toTimestamp(nowMs),
  ]);
}

/** Keeps how far a run is; false when somebody cancelled it. */
export async function saveProgress(db: Queryable, id: string, progress: object, nowMs: number): Promise<boolean> {
  const changed = await db.execute("UPDATE workbench_runs SET progress = $2::jsonb, beat_at = $3 WHERE id = $1 AND state = 'running'", [
    id,
    JSON.stringify(progress),
    toTimestamp(nowMs),
  ]);
  return changed > 0;
}

export type RunEnd =
  | { readonly state: "done"; readonly result: object }
  | { readonly state: "failed" | "cancelled" | "interrupted"; readonly error: string };

/** Ends a run that is not over yet; returns whether it was so. */
export async function endRun(db: Queryable, id: string, end: RunEnd, nowMs: number): Promise<boolean> {
  const result = end.state === "done" ? JSON.stringify(end.result) : null;
  const error = end.state === "done" ? null : end.error;
  const changed = await db.execute(
    `UPDATE workbench_runs SET state = $2, result = $3::jsonb, error = $4, finished_at = $5
     WHERE id = $1 AND state IN ('queued', 'running')`,
    [id, end.state, result, error, toTimestamp(nowMs)],
  );
  return changed > 0;
}

/** What an earlier process left: all of it where the database is ours alone, else what has been silent for long. */
export function interruptLeftovers(db: Postgres, nowMs: number): Promise<number> {
  const before = db.kind === "embedded" ? nowMs + 1 : nowMs - SILENT_MS;
  return db.execute(
    `UPDATE workbench_runs SET state = 'interrupted', error = 'the service was restarted', finished_at = $2
     WHERE state IN ('queued', 'running') AND beat_at < $1`,
    [toTimestamp(before), toTimestamp(nowMs)],
  );
}
