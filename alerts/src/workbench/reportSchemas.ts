import { VERDICT_REASONS } from "@bellwether/analytics/workbench/types";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { z } from "zod";

/** What the workbench's answers look like on the wire and in `workbench_runs`; the words are those of analytics/src/workbench/types.ts. */

const count = z.number();
const estimateSchema = z.object({ value: count.nullable(), low: count.nullable(), high: count.nullable() });

/** Runs kept from before false alerts were counted. */
const NONE = { value: null, low: null, high: null };

const scoreSchema = z.object({
  vehicles: count,
  vehicleYears: count,
  firings: count,
  true: count,
  false: count,
  unknown: count,
  duplicates: count,
  faults: count,
  found: count,
  missed: count,
  censored: count,
  precision: estimateSchema,
  precisionBounds: z.tuple([count, count]).nullable(),
  recall: estimateSchema,
  leadDaysMedian: estimateSchema,
  leadDays: z.array(count),
  firingsPer1000VehicleYears: estimateSchema,
  alerts: count.describe("what owners would have got: within the cool-down of one another firings are one alert, info is none"),
  alertsPer1000VehicleYears: estimateSchema,
  falseAlerts: count
    .default(0)
    .describe("of the alerts, those of which no firing was right and one was wrong; the gate's budget is about them"),
  falseAlertsPer1000VehicleYears: estimateSchema.default(NONE),
  falsePer1000VehicleYears: estimateSchema.describe("of the firings"),
  cost: estimateSchema,
  saving: estimateSchema,
  rows: count,
  rowsNotEvaluated: count,
  vehiclesNotEvaluated: count,
  holdout: z.object({ true: count, false: count, unknown: count }),
});

const verdict = z.enum(["true", "false", "unknown", "duplicate"]);
const firingSchema = z.object({
  vin: z.string(),
  startMs: count,
  knownMs: count,
  lastFiringMs: count,
  clearedMs: count.nullable(),
  samples: count,
  verdict,
  reason: z.enum(VERDICT_REASONS),
  labelId: z.string().nullable(),
  leadDays: count.nullable(),
  isHoldout: z.boolean(),
});

const sweepPointSchema = z.object({
  at: z.array(count),
  firings: count,
  alerts: count,
  true: count,
  false: count,
  unknown: count,
  found: count,
  missed: count,
  precision: count.nullable(),
  recall: count.nullable(),
  leadDaysMedian: count.nullable(),
  alertsPer1000VehicleYears: count.nullable(),
  cost: count,
  saving: count,
});

const sweepSchema = z.object({
  axes: z.array(z.object({ parameter: z.string(), values: z.array(count) })),
  points: z.array(sweepPointSchema).describe("every combination; the last axis runs fastest"),
  best: count.nullable().describe("index of the point of least cost"),
  present: count.nullable().describe("index of the rule's present values"),
});

export const reportSchema = z.object({
  rule: z.object({ id: z.string(), version: count, title: z.string(), component: z.enum(COMPONENTS) }),
  fromMs: count,
  toMs: count,
  score: scoreSchema,
  firings: z.array(firingSchema).describe("the first 5,000; score.firings counts all"),
  sweep: sweepSchema.nullable(),
  provenance: z.object({
    ruleId: z.string(),
    ruleVersion: count,
    ruleHash: z.string(),
    codeVersion: z.string(),
    snapshot: z.array(z.object({ topic: z.string(), partition: count, maxOffset: count })),
    labelsHash: z.string(),
    requestHash: z.string(),
    resultHash: z.string(),
  }),
  timing: z.object({ elapsedMs: count, rowsPerSecond: count, firstProgressMs: count }),
});
export type Report = z.infer<typeof reportSchema>;

const gateSchema = z.object({
  isPassed: z.boolean(),
  checks: z.array(z.object({ name: z.string(), isPassed: z.boolean(), detail: z.string() })),
});

export const comparisonSchema = z.object({
  a: reportSchema,
  b: reportSchema,
  agreed: z.array(z.object({ a: firingSchema, b: firingSchema })),
  onlyA: z.array(firingSchema),
  onlyB: z.array(firingSchema),
  mcNemar: z.object({ onlyA: count, onlyB: count, p: count }),
  difference: z.object({ precision: estimateSchema, recall: estimateSchema, saving: estimateSchema }),
  gate: gateSchema,
});

export const progressSchema = z.object({
  rowsDone: count,
  rowsEstimated: count,
  share: count,
  elapsedMs: count,
  vehiclesDone: count,
  firings: count,
  score: scoreSchema.nullable().describe("of the vehicles done so far"),
});

const clauseSchema = z.object({
  text: z.string(),
  holds: z.boolean().nullable().describe("null: could not be decided"),
  left: z.union([count, z.string()]).nullable(),
  operator: z.string().nullable(),
  right: z.union([count, z.string()]).nullable(),
  missing: z.array(z.string()),
});
const sampleState = z.enum(["unknown", "firing", "clear", "between"]);

export const explanationSchema = z.object({
  vin: z.string(),
  ruleId: z.string(),
  ruleVersion: count,
  askedMs: count,
  atMs: count.nullable(),
  state: sampleState.nullable(),
  verdict: z.string(),
  verdictZh: z.string(),
  condition: z.array(clauseSchema),
  clear: z.array(clauseSchema),
  parameters: z.record(z.string(), z.object({ value: count, from: z.string() })),
  episode: z.object({
    pendingSinceMs: count.nullable(),
    openSinceMs: count.nullable(),
    knownMs: count.nullable(),
    clearSinceMs: count.nullable(),
  }),
  samples: z.array(z.object({ atMs: count, state: sampleState, measure: count.nullable() })),
});
