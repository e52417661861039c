import { z } from "zod";

/** What a finding, alert or lead is about; one open alert exists per vehicle and component. */
export const COMPONENTS = [
  "battery",
  "battery_cell",
  "battery_insulation",
  "battery_thermal",
  "aux_battery",
  "tyre",
  "brake",
  "brake_fluid",
  "brake_system",
  "drive",
  "charging",
  "sensor",
  "vehicle",
] as const;
export type Component = (typeof COMPONENTS)[number];

/** Least to most urgent. `critical` means stop driving safely now. */
export const SEVERITIES = ["info", "advice", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A series the evidence chart draws; `at` in ms since 1970 UTC, `values` in `unit`, same length. */
export const evidenceSeriesSchema = z.object({
  name: z.string(),
  unit: z.string(),
  at: z.array(z.number()),
  values: z.array(z.number().nullable()),
});

/** Why we believe the finding: a value with unit and interval, its window, and what a person can check. */
export const evidenceSchema = z.object({
  value: z.number().nullable(),
  unit: z.string(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  threshold: z.number().nullable(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  samples: z.number().int().nonnegative(),
  /** Column name or feature name to its value at the decisive moment. */
  readings: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  series: z.array(evidenceSeriesSchema),
  /** What observation would disprove the finding, in one sentence. */
  disprovedBy: z.string(),
  /** The same in Chinese, where the source has it. */
  disprovedByZh: z.string().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * Something noticed about a vehicle, by a rule or a detector. The same episode keeps its id while it lasts;
 * `lastSeen` moves, and `state` turns to `cleared` when the clear condition holds.
 *
 * `firstSeen` is when it was first known, in event time: the report with which a rule's condition had held for long enough,
 * or the vehicle's last report of the day on which a detector decided. It never changes while the episode lasts and is
 * never earlier than the data it rests on. Since when the evidence reaches back is `evidence.from`.
 */
export const findingSchema = z.object({
  id: z.string(),
  vin: z.string(),
  source: z.object({
    kind: z.enum(["rule", "detector"]),
    id: z.string(),
    version: z.number().int().positive(),
    /** First digits of the hash of what decided: a rule's condition and parameters, a detector's method and settings. */
    hash: z.string().optional(),
  }),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  state: z.enum(["active", "cleared"]),
  firstSeen: z.iso.datetime(),
  lastSeen: z.iso.datetime(),
  /** 1-based, where the finding is about one cell. */
  cell: z.number().int().positive().nullable(),
  evidence: evidenceSchema,
  /** One sentence a person can read. */
  sentence: z.string(),
  /** The same sentence in Chinese. */
  sentenceZh: z.string(),
});
export type Finding = z.infer<typeof findingSchema>;

/** The form findings have in CLI output and in the API: snake_case, as data tools expect. */
export function findingToJson(finding: Finding): Record<string, unknown> {
  const { firstSeen, lastSeen, sentenceZh, ...rest } = finding;
  return { ...rest, first_seen: firstSeen, last_seen: lastSeen, sentence_zh: sentenceZh };
}
