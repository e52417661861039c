import { createHash } from "node:crypto";
import { LEAD_STATES, OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { findWindows } from "../leads/dealerCalendar.ts";
import { rankDealers } from "../leads/leadRouting.ts";
import { type Recall, warrantyOf } from "../leads/leadWarranty.ts";
import { type LeadWork, workOf } from "../leads/leadWork.ts";
import { limitDates } from "../leads/limitDates.ts";
import { findRecalls } from "../leads/recalls.ts";
import { OWNER_ACTIONS } from "../owners/actionLinks.ts";
import { findConsent } from "../owners/consents.ts";
import { isoColumn } from "../rows.ts";
import type { CarFacts, CarMaster, Cars } from "./leadCar.ts";
import type { LeadNeighbours } from "./leadNeighbours.ts";
import type { findLead } from "./leadReads.ts";
import type { LeadContext } from "./leadSchemas.ts";
import type { SourceTexts } from "./sourceTexts.ts";
import type { TrackRecords } from "./trackRecords.ts";

/** What surrounds a lead: the rule's record, the car, its history, and whether the owner may be called. Read after the lead itself was allowed. */

type FoundLead = NonNullable<Awaited<ReturnType<typeof findLead>>>;

const HISTORY_MAX = 20;

export interface LeadContextDeps {
  readonly db: Queryable;
  readonly cars: Cars;
  readonly trackRecords: TrackRecords;
  readonly sourceTexts: SourceTexts;
  readonly neighbours: LeadNeighbours;
  readonly nowMs: number;
}

export async function readLeadContext(
  { db, cars, trackRecords, sourceTexts, neighbours, nowMs }: LeadContextDeps,
  lead: FoundLead,
): Promise<LeadContext> {
  const { vin, id, alertId, component, region, triedDealers, dealerId } = lead;
  const sources = [...new Set(lead.evidence.map(({ sourceId }) => sourceId))];
  const tried = [...triedDealers, ...(dealerId === null ? [] : [dealerId])];
  const due = { component, actByMs: Date.parse(lead.actBy), labourHours: lead.labourHours };
  const readCar = async () => {
    const car = await cars.of(vin);
    const { master, position } = car;
    const dealers = await neighbours.dealers({ region, component, position });
    return { ...car, dealers: rankDealers({ component, region, model: master?.model ?? "", position, tried }, dealers) };
  };
  const [{ master, batterySoftware, visits, dealers }, records, texts, earlierLeads, consent, ownerWishes, windows, recalls, known] =
    await Promise.all([
      readCar(),
      trackRecords.of(sources),
      sourceTexts.all(),
      listEarlierLeads(db, vin, id),
      findConsent(db, vin, "dealer_contact"),
      listWishes(db, alertId),
      findWindows(db, dealerId, due, nowMs),
      findRecalls(db, vin),
      neighbours.visits(component, sources),
    ]);
  return {
    schemaVersion: 1,
    vehicle: vehicleOf(master, batterySoftware),
    isIntermittent: lead.flapping,
    observedAt: lead.observedAt,
    limitReached: limitOf(lead),
    trackRecord: records.map((record) => ({ ...record, title: texts.get(record.sourceId)?.title ?? null })),
    falsePositives: [...new Set(sources.flatMap((source) => texts.get(source)?.falsePositives ?? []))],
    falsePositivesZh: [...new Set(sources.flatMap((source) => texts.get(source)?.falsePositivesZh ?? []))],
    ...contentOf(lead, master, recalls, workOf(lead, known)),
    visits: [...visits],
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
function contentOf(lead: FoundLead, master: CarMaster | null, recalls: readonly Recall[] | null, work: LeadWork) {
  const { component, observedAt } = lead;
  const { warrantyUntil = null, sohLimitPct = null, goodwillUntil = null } = master ?? {};
  const warranty = warrantyOf({ component, observedOn: observedAt.slice(0, 10), warrantyUntil, sohLimitPct, goodwillUntil, recalls });
  return {
    warranty: { ...warranty, recalls: warranty.recalls === null ? null : [...warranty.recalls] },
    partsNeeded: [...work.partsNeeded],
    operationsSuggested: [...work.operationsSuggested],
    alternatives: [...work.alternatives],
  };
}

/** Of the finding that comes first among those that have a course. */
function limitOf({ evidence }: FoundLead): LeadContext["limitReached"] {
  const [dates] = evidence.flatMap((one) => limitDates(one.evidence) ?? []);
  if (dates === undefined) return null;
  const iso = (ms: number) => new Date(ms).toISOString();
  const { earliestMs, centralMs, latestMs } = dates;
  return { earliest: iso(earliestMs), central: iso(centralMs), latest: latestMs === null ? null : iso(latestMs) };
}

function vehicleOf(master: CarMaster | null, batterySoftware: CarFacts["batterySoftware"]): LeadContext["vehicle"] {
  if (master === null && batterySoftware === null) return null;
  const { model = null, builtOn = null, region = null, softwareVersion = null } = master ?? {};
  return { model, builtOn, region, softwareVersion, batterySoftware };
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
