import type { Outcome } from "@bellwether/contracts/alert";
import type { Component } from "@bellwether/contracts/finding";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { findAlertFor, lockComponent } from "../alert/alertStore.ts";
import { closeAlert, closeLeadOf, type Decision } from "../alert/decisions.ts";
import { enqueueLabel } from "../delivery/outbox.ts";
import { labelIdOf } from "../identity/identity.ts";
import type { WorkDone } from "../leads/leadWork.ts";
import { toTimestamp } from "../rows.ts";

/** Visits reported by a workshop's system, whether or not there was a lead. One ends the alert it concerns and becomes a label. */

export const REPAIR_CAUSES = ["advice", "complaint", "breakdown", "routine"] as const;
export type RepairCause = (typeof REPAIR_CAUSES)[number];

export interface RepairOrder {
  /** The workshop's own number; the same one twice is one visit. */
  readonly id: string;
  readonly vin: string;
  readonly component: Component;
  readonly cause: RepairCause;
  readonly outcome: Outcome;
  readonly atMs: number;
  readonly note: string;
  readonly work?: WorkDone;
  /** At the visit; null or absent: not told. */
  readonly odometerKm?: number | null | undefined;
}

export type RepairOrderResult = { readonly kind: "recorded" | "known"; readonly alertId: string | null };

export function recordRepairOrder(db: Pick<Postgres, "transaction">, order: RepairOrder, decision: Decision): Promise<RepairOrderResult> {
  return db.transaction(async (tx) => {
    const { id, vin, component, cause, outcome, atMs, note, odometerKm = null } = order;
    await lockComponent(tx, vin, component);
    const isNew = await tx.execute(
      `INSERT INTO repair_orders (id, vin, component, cause, outcome, at, note, recorded_by, recorded_at, odometer_km)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
      [id, vin, component, cause, outcome, toTimestamp(atMs), note, decision.actor, toTimestamp(decision.nowMs), odometerKm],
    );
    if (isNew === 0) return { kind: "known", alertId: null };
    const alert = await findAlertFor(tx, { vin, component, findingId: "" });
    const isConcerned = alert !== null && alert.closedBy !== "workshop" && alert.closedBy !== "analyst" && alert.openedAtMs <= atMs;
    if (!isConcerned) {
      await enqueueLabel(tx, labelOf(order, decision), decision.nowMs);
      return { kind: "recorded", alertId: null };
    }
    await closeLeadOf(tx, await findOpenLead(tx, alert.id), {
      ...decision,
      outcome,
      ...(order.work === undefined ? {} : { work: order.work }),
    });
    await closeAlert(tx, alert, outcome, { ...decision, visitedAtMs: atMs });
    return { kind: "recorded", alertId: alert.id };
  });
}

async function findOpenLead(tx: Queryable, alertId: string): Promise<string | null> {
  const rows = await tx.query("SELECT id FROM leads WHERE alert_id = $1 AND state <> 'closed'", [alertId], z.object({ id: z.string() }));
  return rows[0]?.id ?? null;
}

function labelOf({ id, vin, component, outcome, atMs, note }: RepairOrder, { actor }: Decision) {
  const at = new Date(atMs).toISOString();
  return {
    id: labelIdOf({ alertId: `ro-${id}`, sourceId: "" }),
    vin,
    component,
    outcome,
    alertId: null,
    sourceId: null,
    givenBy: actor,
    at,
    note,
  };
}
