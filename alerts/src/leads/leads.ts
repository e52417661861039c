import type { ColumnStore } from "@bellwether/clickhouse/store";
import { LEAD_STATES, OUTCOMES } from "@bellwether/contracts/alert";
import type { Component, Severity } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import type { Advice } from "../advice.ts";
import { leadIdOf } from "../identity/identity.ts";
import { toTimestamp } from "../rows.ts";
import { recordLeadEvent } from "./leadEvents.ts";

/** Leads: what a dealer is asked to look at. One per alert, made in the alert's own transaction. */

const texts = z.object({ en: z.string(), zh: z.string() });
const lists = z.object({ en: z.array(z.string()), zh: z.array(z.string()) });

/** The advice as it was when the lead was made. */
export const leadAdviceSchema = z.object({
  ownerSymptom: texts,
  technicianSymptom: texts,
  operations: lists,
  parts: lists,
  labourHours: z.number().nullable(),
});

export interface NewLead {
  readonly alertId: string;
  readonly vin: string;
  readonly component: Component;
  readonly severity: Severity;
  readonly dealerId: string | null;
  /** The vehicle's region; empty when not known. */
  readonly region: string;
  readonly actByMs: number;
  readonly odometerKm: number | null;
  readonly advice: Advice;
  readonly offeredAtMs: number;
  /** Wall clock, and until when the dealer should accept. */
  readonly nowMs: number;
  readonly acceptByMs: number;
}

/** Makes the alert's lead, or moves the date of the one that exists when the fault has become more urgent. */
export async function offerLead(tx: Queryable, lead: NewLead): Promise<void> {
  const { owner, dealer } = lead.advice;
  const advice: z.infer<typeof leadAdviceSchema> = {
    ownerSymptom: { en: owner.en.what, zh: owner.zh.what },
    technicianSymptom: { en: dealer.en.symptom, zh: dealer.zh.symptom },
    operations: { en: [...dealer.en.operations], zh: [...dealer.zh.operations] },
    parts: { en: [...dealer.en.parts], zh: [...dealer.zh.parts] },
    labourHours: dealer.en.labourHours,
  };
  const [row] = await tx.query(
    `INSERT INTO leads (id, alert_id, vin, dealer_id, state, act_by, odometer_km, advice, offered_at, component, region, is_safety,
       routed_at, accept_by)
     VALUES ($1, $2, $3, $4, 'offered', $5, $6, $7::jsonb, $8, $9, $10, $11, $12, $13)
     ON CONFLICT (alert_id) DO UPDATE SET advice = excluded.advice, act_by = least(leads.act_by, excluded.act_by),
       is_safety = leads.is_safety OR excluded.is_safety,
       accept_by = CASE WHEN leads.state = 'offered' THEN least(leads.accept_by, excluded.accept_by) ELSE leads.accept_by END
       WHERE leads.state <> 'closed'
     RETURNING id, dealer_id, state, routed_at = $12 AND xmax = 0 AS is_new`,
    [
      leadIdOf(lead.alertId),
      lead.alertId,
      lead.vin,
      lead.dealerId,
      toTimestamp(lead.actByMs),
      lead.odometerKm,
      JSON.stringify(advice),
      toTimestamp(lead.offeredAtMs),
      lead.component,
      lead.region,
      lead.severity === "critical",
      toTimestamp(lead.nowMs),
      toTimestamp(lead.acceptByMs),
    ],
    offeredRow,
  );
  if (row === undefined) return;
  const { id: leadId, dealer_id: dealerId, state, is_new } = row;
  const event = is_new ? "offered" : "updated";
  const { alertId, vin, nowMs: atMs } = lead;
  await recordLeadEvent(tx, { leadId, alertId, vin, dealerId, event, state, actor: "pipeline", note: "", atMs });
}

const offeredRow = z.object({ id: z.string(), dealer_id: z.string().nullable(), state: z.enum(LEAD_STATES), is_new: z.boolean() });

/** The last odometer reading at or before a time; null when the car has never reported one. Looks back one year. */
export async function findOdometerKm(store: ColumnStore, vin: string, atMs: number): Promise<number | null> {
  const rows = await store.query(
    `SELECT odometer_km AS odometerKm FROM telemetry
     WHERE vin = {vin: String} AND odometer_km IS NOT NULL
       AND event_time <= fromUnixTimestamp64Milli({atMs: Int64}, 'UTC')
       AND event_time > fromUnixTimestamp64Milli({atMs: Int64}, 'UTC') - INTERVAL 366 DAY
     ORDER BY event_time DESC LIMIT 1`,
    z.object({ odometerKm: z.number() }),
    { params: { vin, atMs } },
  );
  return rows[0]?.odometerKm ?? null;
}

const lockedLeadRow = z.object({
  id: z.string(),
  alert_id: z.string(),
  vin: z.string(),
  dealer_id: z.string().nullable(),
  state: z.enum(LEAD_STATES),
  outcome: z.enum(OUTCOMES).nullable(),
});
export type LockedLead = z.infer<typeof lockedLeadRow>;

/** A lead, locked until the transaction ends; null when there is none. */
export async function lockLead(tx: Queryable, leadId: string): Promise<LockedLead | null> {
  const rows = await tx.query(
    "SELECT id, alert_id, vin, dealer_id, state, outcome FROM leads WHERE id = $1 FOR UPDATE",
    [leadId],
    lockedLeadRow,
  );
  return rows[0] ?? null;
}

/** The dealer an alert's lead is with; null when there is no lead or nobody has it. */
export async function findDealerOfLead(tx: Queryable, alertId: string): Promise<string | null> {
  const rows = await tx.query("SELECT dealer_id FROM leads WHERE alert_id = $1", [alertId], z.object({ dealer_id: z.string().nullable() }));
  return rows[0]?.dealer_id ?? null;
}
