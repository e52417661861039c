import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { toTimestamp } from "../rows.ts";
import { RECALL_STATES, type Recall } from "./leadWarranty.ts";

/** The maker's recalls per vehicle, as its system reports them. */

export const recallSchema = z.strictObject({
  campaign: z.string().min(1).max(60).describe("the maker's number of the recall"),
  vin: z.string().min(1).max(32),
  component: z.enum(COMPONENTS),
  title: z.string().trim().min(3).max(200),
  state: z.enum(RECALL_STATES),
  openedOn: z.iso.date(),
});
export type VehicleRecall = z.infer<typeof recallSchema>;

/** Keeps a recall of a vehicle; the same campaign again brings it up to date. */
export async function saveRecall(db: Queryable, recall: VehicleRecall, { actor, nowMs }: { actor: string; nowMs: number }): Promise<void> {
  const { campaign, vin, component, title, state, openedOn } = recall;
  await db.execute(
    `INSERT INTO recalls (campaign, vin, component, title, state, opened_on, recorded_by, recorded_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (vin, campaign) DO UPDATE SET component = excluded.component, title = excluded.title, state = excluded.state,
       opened_on = excluded.opened_on, recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at`,
    [campaign, vin, component, title, state, openedOn, actor, toTimestamp(nowMs)],
  );
}

const recallRow = z.object({
  campaign: z.string(),
  component: z.enum(COMPONENTS),
  title: z.string(),
  state: z.enum(RECALL_STATES),
  openedOn: z.string(),
});

/** A vehicle's recalls, open ones first; null when no list was ever connected, which says nothing about the vehicle. */
export async function findRecalls(db: Queryable, vin: string): Promise<readonly Recall[] | null> {
  const rows = await db.query(
    `SELECT campaign, component, title, state, opened_on AS "openedOn" FROM recalls WHERE vin = $1 ORDER BY state = 'done', opened_on DESC, campaign LIMIT 100`,
    [vin],
    recallRow,
  );
  if (rows.length > 0) return rows;
  return (await db.query("SELECT 1 AS one FROM recalls LIMIT 1", [], z.unknown())).length > 0 ? [] : null;
}
