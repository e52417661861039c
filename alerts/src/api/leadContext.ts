import { createHash } from "node:crypto";
import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { LEAD_STATES, OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { findWindows } from "../leads/dealerCalendar.ts";
import { findCar, findDealersFor } from "../leads/leadDealers.ts";
import { type Recall, warrantyOf } from "../leads/leadWarranty.ts";
import { type LeadWork, readLeadWork } from "../leads/leadWork.ts";
import { findRecalls } from "../leads/recalls.ts";
import { REPEAT_GIVER } from "../outcomes/followUps.ts";
import { OWNER_ACTIONS } from "../owners/actionLinks.ts";
import { findConsent } from "../owners/consents.ts";
import { isoColumn } from "../rows.ts";
import type { findLead } from "./leadReads.ts";
import type { LeadContext } from "./leadSchemas.ts";

/** What surrounds a lead: the rule's record, the car, its history, and whether the owner may be called. Read after the lead itself was allowed. */

type FoundLead = NonNullable<Awaited<ReturnType<typeof findLead>>>;

/** Fewer verdicts say nothing about a rule. */
const VERDICTS_MIN = 5;
const HISTORY_MAX = 20;

export async function readLeadContext(db: Queryable, store: ColumnStore, lead: FoundLead, nowMs: number): Promise<LeadContext> {
  const { vin, id, alertId, component, region, triedDealers, dealerId } = lead;
  const sources = [...new Set(lead.evidence.map(({ sourceId }) => sourceId))];
  const car = await findCar(store, vin);
  const tried = [...triedDealers, ...(dealerId === null ? [] : [dealerId])];
  const due = { actByMs: Date.parse(lead.actBy), labourHours: lead.labourHours };
  const [vehicle, trackRecord, visits, earlierLeads, consent, ownerWishes, dealers, windows, recalls, work] = await Promise.all([
    findVehicle(store, vin),
    readTrackRecord(store, sources),
    listVisits(store, vin),
    listEarlierLeads(db, vin, id),
    findConsent(db, vin, "dealer_contact"),
    listWishes(db, alertId),
    findDealersFor(db, { component, region, model: car.model, position: car.position, tried }),
    findWindows(db, dealerId, due, nowMs),
    findRecalls(db, vin),
    readLeadWork(db, { component, sources, parts: lead.parts, operations: lead.operations }),
  ]);
  return {
    schemaVersion: 1,
    vehicle: vehicleOf(vehicle),
    isIntermittent: lead.flapping,
    observedAt: lead.observedAt,
    trackRecord,
    ...contentOf(lead, vehicle, recalls, work),
    visits,
    earlierLeads,
    contact: {
      mayContact: consent?.given ?? false,
      consentTextVersion: consent?.text_version ?? null,
      consentAt: consent === null ? null : new Date(consent.at).toISOString(),
    },
    ownerWishes,
    fallbackDealerId: dealers[0]?.id ?? null,
    fallbackDistanceKm: dealers[0]?.distanceKm ?? null,
    appointments: windows.map(({ startsAtMs, endsAtMs, free, isLate }) => ({
      ...{ startsAt: new Date(startsAtMs).toISOString(), endsAt: new Date(endsAtMs).toISOString(), free, isLate },
    })),
    evidenceSha256: createHash("sha256").update(JSON.stringify(lead.evidence)).digest("hex"),
  };
}

/** What the visit may take and who pays for it, as the answer's own arrays. */
function contentOf(lead: FoundLead, vehicle: VehicleRow | null, recalls: readonly Recall[] | null, work: LeadWork) {
  const { component, observedAt } = lead;
  const { warrantyUntil = null, sohLimitPct = null } = vehicle ?? {};
  const warranty = warrantyOf({ component, observedOn: observedAt.slice(0, 10), warrantyUntil, sohLimitPct, recalls });
  return {
    warranty: { ...warranty, recalls: warranty.recalls === null ? null : [...warranty.recalls] },
    partsNeeded: [...work.partsNeeded],
    operationsSuggested: [...work.operationsSuggested],
    alternatives: [...work.alternatives],
  };
}

const vehicleRow = z.object({
  model: z.string(),
  builtOn: z.string().nullable(),
  region: z.string(),
  warrantyUntil: z.string().nullable(),
  sohLimitPct: z.number().nullable(),
});
type VehicleRow = z.infer<typeof vehicleRow>;

function vehicleOf(row: VehicleRow | null): LeadContext["vehicle"] {
  return row === null ? null : { model: row.model, builtOn: row.builtOn, region: row.region, softwareVersion: null };
}

async function findVehicle(store: ColumnStore, vin: string): Promise<VehicleRow | null> {
  const [row] = await store.query(
    `SELECT argMax(model, revision) AS model, argMax(tuple(built_on), revision).1 AS builtOn, argMax(region, revision) AS region,
       argMax(tuple(warranty_until), revision).1 AS warrantyUntil, argMax(tuple(warranty_soh_pct), revision).1 AS sohLimitPct
     FROM vehicles WHERE vin = {vin: String} GROUP BY vin`,
    vehicleRow,
    { params: { vin } },
  );
  return row ?? null;
}

const verdictRow = z.object({ sourceId: z.string(), verdicts: z.number(), falseAlarms: z.number() });

/** How often workshops found nothing when these sources spoke up. A visit the customer declined says nothing. */
async function readTrackRecord(store: ColumnStore, sources: readonly string[]): Promise<LeadContext["trackRecord"]> {
  const rows = await store.query(
    // FINAL: a corrected label replaces the earlier one; labels are few.
    `SELECT assumeNotNull(source_id) AS sourceId, countIf(outcome <> 'customer_declined') AS verdicts,
       countIf(outcome = 'no_fault_found') AS falseAlarms
     FROM labels FINAL WHERE source_id IN {sources: Array(String)} GROUP BY sourceId`,
    verdictRow,
    { params: { sources: [...sources] } },
  );
  return sources.map((sourceId) => {
    const { verdicts, falseAlarms } = rows.find((row) => row.sourceId === sourceId) ?? { verdicts: 0, falseAlarms: 0 };
    if (verdicts < VERDICTS_MIN) return { sourceId, verdicts, falseAlarms, falseAlarmShare: null, low: null, high: null, confidence: null };
    const [low, high] = wilsonInterval(falseAlarms, verdicts);
    const falseAlarmShare = falseAlarms / verdicts;
    return { sourceId, verdicts, falseAlarms, falseAlarmShare, low, high, confidence: 1 - falseAlarmShare };
  });
}

const visitRow = z.object({ at: z.iso.datetime(), component: z.enum(COMPONENTS), outcome: z.enum(OUTCOMES) });

function listVisits(store: ColumnStore, vin: string) {
  return store.query(
    // FINAL: as above; several sources of one visit are one visit.
    `SELECT DISTINCT at, component, outcome FROM labels FINAL WHERE vin = {vin: String} AND given_by <> {repeats: String}
     ORDER BY at DESC LIMIT ${HISTORY_MAX}`,
    visitRow,
    { params: { vin, repeats: REPEAT_GIVER } },
  );
}

const earlierRow = z.object({
  offeredAt: isoColumn,
  component: z.enum(COMPONENTS),
  state: z.enum(LEAD_STATES),
  outcome: z.enum(OUTCOMES).nullable(),
});

function listEarlierLeads(db: Queryable, vin: string, leadId: string) {
  return db.query(
    `SELECT offered_at AS "offeredAt", component, state, outcome FROM leads WHERE vin = $1 AND id <> $2
     ORDER BY offered_at DESC LIMIT ${HISTORY_MAX}`,
    [vin, leadId],
    earlierRow,
  );
}

function listWishes(db: Queryable, alertId: string) {
  return db.query(
    "SELECT action, at FROM owner_actions WHERE alert_id = $1 ORDER BY at, action",
    [alertId],
    z.object({ action: z.enum(OWNER_ACTIONS), at: isoColumn }),
  );
}
