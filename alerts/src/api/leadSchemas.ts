import { ALERT_STATES, LEAD_STATES, OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS, evidenceSchema, SEVERITIES } from "@bellwether/contracts/finding";
import { z } from "zod";
import { PROGRESS_STATES } from "../alert/decisions.ts";
import { GOODWILL_STATES, PAYERS, RECALL_STATES, WARRANTY_STATES } from "../leads/leadWarranty.ts";
import { OWNER_ACTIONS } from "../owners/actionLinks.ts";
import { pageOf } from "./schemas.ts";

/** What a dealer is shown of a lead. Nothing here says whether other cars are held back for comparison. */

const count = z.number().int().nonnegative();
const instant = z.iso.datetime();

/** What workshops found when a source spoke up; the share with its 90 % interval, null while there are too few. */
const trackRecordSchema = z.object({
  sourceId: z.string(),
  /** Of the rule or detector; null: it is no longer in the catalogue. */
  title: z.object({ en: z.string(), zh: z.string() }).nullable(),
  verdicts: count,
  falseAlarms: count,
  falseAlarmShare: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  /** 1 minus the share. */
  confidence: z.number().nullable(),
});

const namedUseSchema = z.object({
  en: z.string(),
  zh: z.string(),
  visits: count,
  used: count,
  probability: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  basis: z.enum(["confirmed_visits", "unknown"]),
});

export const recallsSchema = z
  .array(
    z.object({
      campaign: z.string(),
      component: z.enum(COMPONENTS),
      title: z.string(),
      state: z.enum(RECALL_STATES),
      openedOn: z.iso.date(),
    }),
  )
  .nullable();

export const leadContextSchema = z.object({
  schemaVersion: z.literal(1),
  vehicle: z
    .object({
      model: z.string().nullable(),
      builtOn: z.string().nullable(),
      region: z.string().nullable(),
      /** As the maker names the car's software in the master data. */
      softwareVersion: z.string().nullable(),
      /** Of the battery management, as the car itself reported it last. */
      batterySoftware: z.object({ version: z.number(), day: z.iso.date() }).nullable(),
    })
    .nullable(),
  /** The fault comes and goes. */
  isIntermittent: z.boolean(),
  observedAt: instant,
  /** When what is measured may reach its limit; null for what has no course. `latest` null: perhaps never. */
  limitReached: z.object({ earliest: instant, central: instant, latest: instant.nullable() }).nullable(),
  trackRecord: z.array(trackRecordSchema),
  /** What else is known to look like this fault, from the files of the rules and detectors behind it. */
  falsePositives: z.array(z.string()),
  falsePositivesZh: z.array(z.string()),
  /** What is not known is null. The date and the limit are the traction battery's. */
  warranty: z.object({
    status: z.enum(WARRANTY_STATES).nullable(),
    until: z.iso.date().nullable(),
    sohLimitPct: z.number().nullable(),
    /** Of the lead's component; `none`: the maker's list is connected and has none. */
    recall: z.enum([...RECALL_STATES, "none"]).nullable(),
    /** Whether the maker still takes a request to share the cost after the warranty; null: not known. */
    goodwill: z.enum(GOODWILL_STATES).nullable(),
    goodwillUntil: z.iso.date().nullable(),
    /** `warranty_claim`: within the warranty, the maker decides on the claim. `goodwill_request`: it has ended, and the maker may share the cost. */
    payer: z.enum(PAYERS).nullable(),
    recalls: recallsSchema,
  }),
  /** Share of confirmed visits for the same sources that used the part; null and `unknown` while fewer than five said what they used. */
  partsNeeded: z.array(namedUseSchema),
  operationsSuggested: z.array(namedUseSchema),
  /** What workshops did or used beside what the rule suggests, most often first. */
  alternatives: z.array(z.object({ kind: z.enum(["operation", "part"]), name: z.string(), visits: count, used: count })),
  visits: z.array(z.object({ at: instant, component: z.enum(COMPONENTS), outcome: z.enum(OUTCOMES) })),
  earlierLeads: z.array(
    z.object({ offeredAt: instant, component: z.enum(COMPONENTS), state: z.enum(LEAD_STATES), outcome: z.enum(OUTCOMES).nullable() }),
  ),
  /** Whether the owner agreed that a dealer calls; name and address are at /v1/leads/{id}/contact. */
  contact: z.object({ mayContact: z.boolean(), consentTextVersion: z.string().nullable(), consentAt: instant.nullable() }),
  ownerWishes: z.array(z.object({ action: z.enum(OWNER_ACTIONS), at: instant })),
  fallbackDealerId: z.string().nullable(),
  fallbackDistanceKm: z.number().nullable(),
  /** When the workshop could take the car, from its calendar; late ones only when there is none before the act-by date. */
  appointments: z.array(z.object({ startsAt: instant, endsAt: instant, free: count, isLate: z.boolean() })),
  /** SHA-256 of the evidence, so that a claim can name exactly what was shown. */
  evidenceSha256: z.string(),
});
export type LeadContext = z.infer<typeof leadContextSchema>;

export const leadSummarySchema = z.object({
  id: z.string(),
  alertId: z.string(),
  vin: z.string(),
  dealerId: z.string().nullable(),
  state: z.enum(LEAD_STATES),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  alertState: z.enum(ALERT_STATES),
  title: z.string(),
  titleZh: z.string(),
  offeredAt: instant,
  /** The latest day by which the car should be seen. */
  actBy: instant,
  odometerKm: z.number().nullable(),
  outcome: z.enum(OUTCOMES).nullable(),
  /** The car must not be driven. */
  isSafety: z.boolean(),
  /** Until when this dealer should accept; null for leads made before there was a clock. */
  acceptBy: instant.nullable(),
});

const bothLanguages = <T extends z.ZodType>(text: T) => z.object({ en: text, zh: text });

/** What the finding rests on, as the dealer sees it. */
export const leadEvidenceSchema = z.object({
  findingId: z.string(),
  sourceId: z.string(),
  sourceVersion: z.number().int(),
  cell: z.number().int().nullable(),
  sentence: bothLanguages(z.string()),
  evidence: evidenceSchema,
});

export const leadSchema = leadSummarySchema.extend({
  /** The symptom as the owner was told it. */
  ownerSymptom: bothLanguages(z.string()),
  /** The symptom in a technician's words. */
  technicianSymptom: bothLanguages(z.string()),
  operations: bothLanguages(z.array(z.string())),
  parts: bothLanguages(z.array(z.string())),
  labourHours: z.number().nullable(),
  evidence: z.array(leadEvidenceSchema),
  routedAt: instant.nullable(),
  acceptedAt: instant.nullable(),
  contactedAt: instant.nullable(),
  bookedAt: instant.nullable(),
  /** The appointment. */
  bookedFor: instant.nullable(),
  inServiceAt: instant.nullable(),
  /** Nobody accepted in time and nobody else was left. */
  escalatedAt: instant.nullable(),
  closedAt: instant.nullable(),
  note: z.string(),
  context: leadContextSchema,
});
export const leadPageSchema = pageOf(leadSummarySchema);

const workName = z.string().trim().min(1).max(200);
/** Names as a list, or as one text with semicolons, as a CSV carries them. */
export const workNames = z.union([z.array(workName).max(50), z.string().max(4000)]).optional();

/** Null: not told. An empty list: none. An empty text in a file is not told. */
export function namesIn(given: z.infer<typeof workNames>): readonly string[] | null {
  if (given === undefined || given === "") return null;
  if (typeof given !== "string") return given;
  return given
    .split(";")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .slice(0, 50);
}

export const closeLeadBodySchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  note: z.string().max(2000).default(""),
  partsUsed: workNames.describe("parts fitted; absent: not told, an empty list: none"),
  operationsDone: workNames.describe("the same for operations"),
});

export const progressBodySchema = z.strictObject({
  state: z.enum(PROGRESS_STATES),
  bookedFor: instant.nullable().default(null).describe("the appointment"),
  note: z.string().max(2000).default(""),
});

export const leadContactSchema = z.object({
  vin: z.string(),
  name: z.string(),
  language: z.string(),
  channel: z.string(),
  address: z.string(),
  timeZone: z.string(),
  consentTextVersion: z.string(),
  consentAt: instant,
});
