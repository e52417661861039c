import { randomBytes } from "node:crypto";
import { RULE_STATUSES } from "@bellwether/analytics/rules/schema";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { countColumn, isoColumn, toTimestamp } from "../rows.ts";

/** Rule texts somebody works on, and the record of what was done to rules. */

export const draftSchema = z.object({
  id: z.string(),
  ruleId: z.string(),
  text: z.string(),
  note: z.string(),
  revision: z.number(),
  state: z.enum(RULE_STATUSES),
  author: z.string(),
  createdAt: isoColumn,
  updatedAt: isoColumn,
});
export type Draft = z.infer<typeof draftSchema>;

export const ruleEventSchema = z.object({
  seq: countColumn,
  ruleId: z.string(),
  draftId: z.string().nullable(),
  action: z.string(),
  actor: z.string(),
  detail: z.string(),
  at: isoColumn,
});

const COLUMNS = `id, rule_id AS "ruleId", text, note, revision, state, author, created_at AS "createdAt", updated_at AS "updatedAt"`;

export interface Change {
  readonly actor: string;
  readonly nowMs: number;
}

/** Keeps a new draft. */
export function createDraft(
  db: Pick<Postgres, "transaction">,
  draft: Pick<Draft, "ruleId" | "text" | "note">,
  { actor, nowMs }: Change,
): Promise<Draft> {
  const id = `rd-${randomBytes(10).toString("hex")}`;
  return db.transaction(async (tx) => {
    await tx.execute(
      `INSERT INTO rule_drafts (id, rule_id, text, note, revision, state, author, created_at, updated_at)
       VALUES ($1, $2, $3, $4, 1, 'draft', $5, $6, $6)`,
      [id, draft.ruleId, draft.text, draft.note, actor, toTimestamp(nowMs)],
    );
    const made = await findDraft(tx, id);
    if (made === null) throw new Error("the new draft was not returned");
    await recordRuleEvent(
      tx,
      { ruleId: draft.ruleId, draftId: id, action: "draft saved", detail: draft.note, before: null, after: draft.text },
      { actor, nowMs },
    );
    return made;
  });
}

/** Replaces a draft's text; null when it is not the expected revision any more or has left the draft state. */
export function updateDraft(
  db: Pick<Postgres, "transaction">,
  { id, revision, text, note, ruleId }: Pick<Draft, "id" | "revision" | "text" | "note" | "ruleId">,
  { actor, nowMs }: Change,
): Promise<Draft | null> {
  return db.transaction(async (tx) => {
    const before = await findDraft(tx, id);
    const changed = await tx.execute(
      `UPDATE rule_drafts SET text = $3, note = $4, rule_id = $5, revision = revision + 1, updated_at = $6
       WHERE id = $1 AND revision = $2 AND state = 'draft'`,
      [id, revision, text, note, ruleId, toTimestamp(nowMs)],
    );
    if (changed === 0) return null;
    await recordRuleEvent(
      tx,
      { ruleId, draftId: id, action: "draft saved", detail: note, before: before?.text ?? null, after: text },
      { actor, nowMs },
    );
    return findDraft(tx, id);
  });
}

/** Notes that a draft has gone on, with the text it has now. */
export async function advanceDraft(tx: Queryable, id: string, to: Pick<Draft, "state" | "text" | "ruleId">, nowMs: number): Promise<void> {
  await tx.execute("UPDATE rule_drafts SET state = $2, text = $3, rule_id = $4, revision = revision + 1, updated_at = $5 WHERE id = $1", [
    id,
    to.state,
    to.text,
    to.ruleId,
    toTimestamp(nowMs),
  ]);
}

export async function findDraft(db: Queryable, id: string): Promise<Draft | null> {
  const rows = await db.query(`SELECT ${COLUMNS} FROM rule_drafts WHERE id = $1`, [id], draftSchema);
  return rows[0] ?? null;
}

/** Newest first. */
export function listDrafts(db: Queryable, ruleId: string | null, limit: number): Promise<readonly Draft[]> {
  return db.query(
    `SELECT ${COLUMNS} FROM rule_drafts WHERE $1::text IS NULL OR rule_id = $1 OR rule_id LIKE $1 || '-v%' ORDER BY updated_at DESC, id LIMIT $2`,
    [ruleId, limit],
    draftSchema,
  );
}

export interface RuleEvent {
  readonly ruleId: string;
  readonly draftId: string | null;
  readonly action: string;
  readonly detail: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A line of the record; it is never changed. */
export async function recordRuleEvent(db: Queryable, event: RuleEvent, { actor, nowMs }: Change): Promise<void> {
  await db.execute(
    `INSERT INTO rule_events (rule_id, draft_id, action, actor, detail, before, after, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [event.ruleId, event.draftId, event.action, actor, event.detail, event.before, event.after, toTimestamp(nowMs)],
  );
}

/** What was done to a rule and to its challengers, newest first. */
export function listRuleEvents(db: Queryable, ruleId: string, limit: number) {
  return db.query(
    `SELECT seq, rule_id AS "ruleId", draft_id AS "draftId", action, actor, detail, at FROM rule_events
     WHERE rule_id = $1 OR rule_id LIKE $1 || '-v%' ORDER BY seq DESC LIMIT $2`,
    [ruleId, limit],
    ruleEventSchema,
  );
}
