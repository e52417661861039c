import { z } from "zod";
import { COMPONENTS, SEVERITIES } from "./finding.ts";

export const ALERT_STATES = ["open", "acknowledged", "resolved", "dismissed"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** In the order a lead goes through; a dealer may leave steps out. */
export const LEAD_STATES = ["offered", "accepted", "contacted", "booked", "in_service", "closed"] as const;
export type LeadState = (typeof LEAD_STATES)[number];

/** What the workshop found; it becomes a label for every finding of the alert. */
export const OUTCOMES = ["confirmed", "no_fault_found", "other_fault", "already_repaired", "customer_declined"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * `reminder` comes before the act-by date, `withdrawn` after a workshop has closed the matter, `digest` gathers several,
 * `follow_up` asks after a visit, `care` is about the season or routine maintenance and belongs to no alert.
 */
export const NOTIFY_REASONS = ["first", "escalated", "reminder", "resolved", "withdrawn", "digest", "follow_up", "care", "none"] as const;
export type NotifyReason = (typeof NOTIFY_REASONS)[number];

export const AUDIENCES = ["owner", "dealer"] as const;
export type Audience = (typeof AUDIENCES)[number];

export const LANGUAGES = ["en", "zh"] as const;
export type Language = (typeof LANGUAGES)[number];

/** `admin` does what an analyst does, and also manages keys and personal data. */
export const ROLES = ["analyst", "dealer", "owner", "service", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** One alert per vehicle and component while it is open or acknowledged. */
export const alertSchema = z.object({
  id: z.string(),
  vin: z.string(),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  state: z.enum(ALERT_STATES),
  openedAt: z.iso.datetime(),
  lastSeenAt: z.iso.datetime(),
  resolvedAt: z.iso.datetime().nullable(),
  findingIds: z.array(z.string()),
  occurrences: z.number().int().nonnegative(),
  /** It went and came back several times within the cool-down: an intermittent fault. */
  flapping: z.boolean(),
  title: z.string(),
  titleZh: z.string(),
});

/** Ground truth about a vehicle's component at a time, from a workshop or an engineer. */
export const labelSchema = z.object({
  id: z.string(),
  vin: z.string(),
  component: z.enum(COMPONENTS),
  outcome: z.enum(OUTCOMES),
  alertId: z.string().nullable(),
  sourceId: z.string().nullable(),
  givenBy: z.string(),
  at: z.iso.datetime(),
  note: z.string(),
});
export type Label = z.infer<typeof labelSchema>;
