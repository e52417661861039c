import {
  ALERT_STATES,
  AUDIENCES,
  alertSchema,
  LANGUAGES,
  LEAD_STATES,
  labelSchema,
  NOTIFY_REASONS,
  OUTCOMES,
  ROLES,
} from "@bellwether/contracts/alert";
import { COMPONENTS, findingSchema, SEVERITIES } from "@bellwether/contracts/finding";
import { REJECTION_REASONS } from "@bellwether/contracts/sample";
import { z } from "zod";
import { DELIVERY_FAILURES, NOTIFICATION_STATES, WITHHELD_REASONS } from "../delivery/delivery.ts";
import { RECEIPT_KINDS } from "../delivery/receipts.ts";

/**
 * What the API answers with. OpenAPI is generated from these schemas, and the console's client from that.
 * Times are ISO 8601 in UTC; `null` means "not known", never 0.
 */

const count = z.number().int().nonnegative();
const instant = z.iso.datetime();

/** A page of a list: pass `nextCursor` as `cursor` for the next page; null on the last. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}

/** Who the presented key belongs to. */
export const sessionSchema = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  dealerId: z.string().nullable(),
  vin: z.string().nullable(),
  expiresAt: instant.nullable(),
});

export const overviewSchema = z.object({
  vehicles: count,
  /** Seen within a day of the newest report. */
  vehiclesLastDay: count,
  vehiclesWithAlerts: count,
  reports: count,
  firstEventAt: instant.nullable(),
  lastEventAt: instant.nullable(),
  /** Alerts open or acknowledged, by severity. */
  alertsBySeverity: z.record(z.enum(SEVERITIES), count),
  alertsByState: z.record(z.enum(ALERT_STATES), count),
  leadsByState: z.record(z.enum(LEAD_STATES), count),
  /** Offered, not accepted in time, and no other dealer is left. */
  leadsOverdue: count,
  /** What workshops found in closed leads. */
  leadsByOutcome: z.record(z.enum(OUTCOMES), count),
  notificationsByState: z.record(z.enum(NOTIFICATION_STATES), count),
  findingsByComponent: z.array(z.object({ component: z.enum(COMPONENTS), active: count, cleared: count })),
  /** records = landed (samples may be more) + ignored + rejected. */
  ingest: z.object({ records: count, samples: count, ignored: count, rejected: count, lastRecordedAt: instant.nullable() }),
});

export const vehicleSummarySchema = z.object({
  vin: z.string(),
  model: z.string(),
  lastSeenAt: instant.nullable(),
  socPct: z.number().nullable(),
  odometerKm: z.number().nullable(),
  sohPct: z.number().nullable(),
  sohLowPct: z.number().nullable(),
  sohHighPct: z.number().nullable(),
  /** Worst severity among alerts open or acknowledged. */
  worstSeverity: z.enum(SEVERITIES).nullable(),
  openAlerts: count,
});

export const vehiclePageSchema = pageOf(vehicleSummarySchema).extend({ total: count });

const profileSchema = z.object({
  model: z.string(),
  chemistry: z.string(),
  nominalAh: z.number().nullable(),
  cells: z.number().int().nullable(),
  builtOn: z.string().nullable(),
  region: z.string(),
});

/** Each value is the last one known, so a field may be older than `at`. */
const latestReportSchema = z.object({
  at: instant,
  vehicleState: z.string().nullable(),
  chargeState: z.string().nullable(),
  speedKmh: z.number().nullable(),
  odometerKm: z.number().nullable(),
  socPct: z.number().nullable(),
  packVoltageV: z.number().nullable(),
  packCurrentA: z.number().nullable(),
  insulationKohm: z.number().nullable(),
  cellVoltageMaxV: z.number().nullable(),
  cellVoltageMinV: z.number().nullable(),
  probeTempMaxC: z.number().nullable(),
  probeTempMinC: z.number().nullable(),
  auxVoltageV: z.number().nullable(),
  alarmLevel: z.number().nullable(),
});

/** One point of the health trend: the estimate with its interval, or why there is none. */
export const healthPointSchema = z.object({
  at: z.string().describe("Day, YYYY-MM-DD"),
  method: z.string(),
  verdict: z.enum(["ok", "not_enough_evidence"]),
  capacityAh: z.number().nullable(),
  lowAh: z.number().nullable(),
  highAh: z.number().nullable(),
  sohPct: z.number().nullable(),
  sohLowPct: z.number().nullable(),
  sohHighPct: z.number().nullable(),
  referenceAh: z.number().nullable(),
  sessions: count,
  accuracyClass: z.string(),
  reason: z.string(),
  cause: z.string().describe("Why the value moved by more than half a point since the last one; empty: it did not"),
  previousSohPct: z.number().nullable().describe("What an older version of the method had said for this day"),
  capacityKwh: z.number().nullable().describe("The capacity times the mean voltage of the charges"),
  imbalancePct: z.number().nullable().describe("Points of capacity that cells out of balance cost; not ageing"),
  opinions: z
    .array(z.object({ method: z.string(), capacityAh: z.number(), weight: z.number() }))
    .describe("What each method alone says; a weight of 0 is a second opinion only"),
});

/** The newest forecast: months after `at` in which each limit is crossed (80 % interval; null: not within ten years), and the path. */
export const healthForecastSchema = z.object({
  at: z.string().describe("Day, YYYY-MM-DD"),
  shape: z.string(),
  peers: count,
  isProvisional: z.boolean(),
  limits: z.array(
    z.object({
      kind: z.string().describe("fixed or warranty"),
      sohPct: z.number(),
      earliestMonths: z.number().nullable(),
      centralMonths: z.number().nullable(),
      latestMonths: z.number().nullable(),
    }),
  ),
  warrantyVerdict: z
    .string()
    .describe(
      "Whether the warranty's limit is crossed while it runs: before_it_ends, likely_before, possibly_before, not_before, ended; no_statement: the health value is of class C; empty: no known end",
    ),
  warrantyMonthsLeft: z.number().nullable(),
  path: z.array(z.object({ month: count, sohPct: z.number(), low80Pct: z.number(), high80Pct: z.number() })),
});
export type HealthForecast = z.infer<typeof healthForecastSchema>;

/** What is known of a vehicle's data: how much was seen, and who could not judge it and why. Never silence. */
const evaluationSchema = z.object({
  notEvaluated: z
    .array(z.object({ sourceId: z.string(), day: z.string(), reason: z.string(), samples: count }))
    .describe("Rules and detectors that could not judge the vehicle in the last days of its reports, and why"),
  weeks: z
    .array(
      z.object({
        week: z.string().describe("Its Monday"),
        days: count,
        drivingCoverage: z.number().nullable().describe("Share of the way that reports saw; null: it did not drive"),
        chargingCoverage: z.number().nullable().describe("Share of the charge that reports saw; null: it did not charge"),
        intervalS: z.number().nullable(),
        problems: z.array(z.string()),
      }),
    )
    .describe("Newest first"),
});
export type VehicleEvaluation = z.infer<typeof evaluationSchema>;

/** A finding with the keys of findingToJson in contracts. */
export const findingJsonSchema = findingSchema
  .omit({ firstSeen: true, lastSeen: true, sentenceZh: true })
  .extend({ first_seen: instant, last_seen: instant, sentence_zh: z.string() });
export type FindingJson = z.infer<typeof findingJsonSchema>;

export const findingPageSchema = pageOf(findingJsonSchema);
export const alertPageSchema = pageOf(alertSchema);

export const vehicleDetailSchema = z.object({
  vin: z.string(),
  firstSeenAt: instant.nullable(),
  lastSeenAt: instant.nullable(),
  reports: count,
  profile: profileSchema.nullable(),
  latest: latestReportSchema.nullable(),
  health: z.array(healthPointSchema),
  forecast: healthForecastSchema.nullable(),
  evaluation: evaluationSchema,
  findings: z.array(findingJsonSchema),
  alerts: z.array(alertSchema),
});

/** Heat map: one row per day, element i belongs to cell i + 1, in mV from the pack's median; null where not usable. */
export const cellMapSchema = z.object({
  vin: z.string(),
  cells: count,
  days: z.array(z.object({ day: z.string(), samples: count, deviationMv: z.array(z.number().nullable()) })),
});
export type CellMap = z.infer<typeof cellMapSchema>;

/** Bucketed series: `at[i]` is the bucket's start in ms since 1970 UTC, `mean[i]`, `min[i]`, `max[i]` its values. */
export const signalSeriesSchema = z.object({
  vin: z.string(),
  from: instant,
  to: instant,
  bucketMs: count,
  at: z.array(z.number()),
  series: z.array(
    z.object({
      name: z.string(),
      unit: z.string(),
      mean: z.array(z.number().nullable()),
      min: z.array(z.number().nullable()),
      max: z.array(z.number().nullable()),
    }),
  ),
});

export const dismissBodySchema = z.strictObject({ note: z.string().max(2000).default("") });

export const notificationSchema = z.object({
  id: z.string(),
  /** Null: care, which belongs to no alert. */
  alertId: z.string().nullable(),
  vin: z.string(),
  audience: z.enum(AUDIENCES),
  reason: z.enum(NOTIFY_REASONS),
  channel: z.string(),
  language: z.enum(LANGUAGES),
  title: z.string(),
  body: z.string(),
  /** Delivery to the channel. */
  state: z.enum(NOTIFICATION_STATES),
  attempts: count,
  /** Why the last attempt failed. */
  failure: z.enum(DELIVERY_FAILURES).nullable(),
  /** Set when the recipient was not told and the text went to the operator's log instead. */
  withheldReason: z.enum(WITHHELD_REASONS).nullable(),
  /** Event time of the decision. */
  decidedAt: instant,
  createdAt: instant,
  sentAt: instant.nullable(),
  /** Wishes of the owner that a safety message passed over. */
  passed: z.array(z.string()),
  /** What came back about it. */
  receipts: z.array(z.enum(RECEIPT_KINDS)),
});
export const notificationPageSchema = pageOf(notificationSchema);

export const labelPageSchema = pageOf(labelSchema);

export const rejectedSchema = z.object({
  total: count,
  byReason: z.array(z.object({ reason: z.enum(REJECTION_REASONS).or(z.string()), records: count, bytes: count, lastAt: instant })),
  latest: z.array(
    z.object({
      topic: z.string(),
      partition: count,
      offset: count,
      reason: z.string(),
      detail: z.string(),
      key: z.string(),
      bytes: count,
      at: instant,
    }),
  ),
});

export const ledgerSchema = z.object({
  items: z.array(
    z.object({
      topic: z.string(),
      partition: count,
      firstOffset: count,
      lastOffset: count,
      state: z.enum(["pending", "landed"]),
      records: count,
      samples: count,
      ignored: count,
      rejected: count,
      minEventAt: instant.nullable(),
      maxEventAt: instant.nullable(),
      recordedAt: instant,
    }),
  ),
});
