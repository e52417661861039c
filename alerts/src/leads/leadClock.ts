import type { ColumnStore } from "@bellwether/clickhouse/store";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { lockAlert } from "../alert/alertStore.ts";
import { toTimestamp } from "../rows.ts";
import { findCar, findDealersFor } from "./leadDealers.ts";
import { recordLeadEvent } from "./leadEvents.ts";
import { type TellDealerDeps, tellDealer } from "./tellDealer.ts";

/** The clock of a lead: not accepted in time, it goes to the next dealer; when nobody is left, it is marked and staff see it. */

export interface LeadClockDeps extends TellDealerDeps {
  readonly db: Pick<Postgres, "transaction" | "query">;
  /** Where the car is and what it is. */
  readonly store: ColumnStore;
  readonly acceptance: Acceptance;
  readonly now: () => number;
}

/** How long a dealer has to accept. */
export interface Acceptance {
  readonly usualMs: number;
  readonly safetyMs: number;
}

export function acceptByMs(isSafety: boolean, nowMs: number, { usualMs, safetyMs }: Acceptance): number {
  return nowMs + (isSafety ? safetyMs : usualMs);
}

/** Moves every lead whose time is over. Returns how many were looked at. */
export async function rerouteOverdue(deps: LeadClockDeps): Promise<number> {
  const overdue = await deps.db.query(
    `SELECT id, alert_id FROM leads WHERE state = 'offered' AND escalated_at IS NULL AND accept_by <= $1 ORDER BY accept_by LIMIT 200`,
    [toTimestamp(deps.now())],
    z.object({ id: z.string(), alert_id: z.string() }),
  );
  for (const { id, alert_id } of overdue) await deps.db.transaction((tx) => reroute(tx, id, alert_id, deps));
  return overdue.length;
}

const leadRow = z.object({
  vin: z.string(),
  dealer_id: z.string().nullable(),
  component: z.enum(COMPONENTS),
  region: z.string(),
  is_safety: z.boolean(),
  tried_dealers: z.array(z.string()),
});

async function reroute(tx: Queryable, leadId: string, alertId: string, deps: LeadClockDeps): Promise<void> {
  const nowMs = deps.now();
  const alert = await lockAlert(tx, alertId);
  const [lead] = await tx.query(
    `SELECT vin, dealer_id, component, region, is_safety, tried_dealers FROM leads
     WHERE id = $1 AND state = 'offered' AND escalated_at IS NULL AND accept_by <= $2 FOR UPDATE`,
    [leadId, toTimestamp(nowMs)],
    leadRow,
  );
  if (lead === undefined || alert === null) return;
  const { vin, component, region } = lead;
  const { model, position } = await findCar(deps.store, vin);
  const tried = [...lead.tried_dealers, ...(lead.dealer_id === null ? [] : [lead.dealer_id])];
  const [next] = await findDealersFor(tx, { component, region, model, position, tried }, nowMs);
  const change = { leadId, alertId, vin, state: "offered", actor: "clock", atMs: nowMs } as const;
  if (next === undefined) {
    await tx.execute("UPDATE leads SET escalated_at = $2 WHERE id = $1", [leadId, toTimestamp(nowMs)]);
    await recordLeadEvent(tx, { ...change, dealerId: lead.dealer_id, event: "overdue", note: "not accepted in time; no other dealer" });
    return;
  }
  const acceptBy = acceptByMs(lead.is_safety, nowMs, deps.acceptance);
  await tx.execute("UPDATE leads SET dealer_id = $2, tried_dealers = $3, routed_at = $4, accept_by = $5 WHERE id = $1", [
    leadId,
    next.id,
    tried,
    toTimestamp(nowMs),
    toTimestamp(acceptBy),
  ]);
  const note = `not accepted in time; score ${next.score.toFixed(0)}`;
  await recordLeadEvent(tx, { ...change, dealerId: next.id, event: "rerouted", note });
  await tellDealer(tx, alert, next.id, nowMs, deps);
}
