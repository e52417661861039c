import { backtestRequest, DEFAULT_COST, DEFAULT_LIMITS, DEFAULT_POLICY } from "@bellwether/analytics/workbench/backtest/request";
import type { BacktestRequest } from "@bellwether/analytics/workbench/types";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { OUTCOMES } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";

const DAY_MS = 86_400_000;
/** History a run looks at when nobody says otherwise. */
const DEFAULT_DAYS = 400;
const POINTS_MAX = 1_000;

const vin = z.string().min(1).max(32);

const axisSchema = z.union([
  z.strictObject({ parameter: z.string(), values: z.array(z.number()).min(1).max(POINTS_MAX) }),
  z.strictObject({ parameter: z.string(), from: z.number(), to: z.number(), count: z.number().int().min(2).max(POINTS_MAX) }),
]);

/** Which rule: one of the catalogue, a draft, or a text that is saved nowhere. */
export const subjectSchema = z.strictObject({
  ruleId: z.string().max(100).optional(),
  draftId: z.string().max(64).optional(),
  text: z.string().max(60_000).optional(),
  parameters: z.record(z.string(), z.number()).default({}).describe("values tried in place of the text's defaults"),
});
export type Subject = z.infer<typeof subjectSchema>;

/** Where and how it is judged; every part has a default. */
export const scopeSchema = z.strictObject({
  from: z.iso.datetime().optional().describe("default: the first report, at most 400 days before `to`"),
  to: z.iso.datetime().optional().describe("exclusive; default: the last report"),
  vehicles: z.array(vin).min(1).max(10_000).nullable().default(null),
  snapshot: z
    .array(z.strictObject({ topic: z.string().max(250), partition: z.number().int().min(0), maxOffset: z.number().int() }))
    .max(10_000)
    .nullable()
    .default(null)
    .describe("see only what an earlier run saw: `provenance.snapshot` of its report; default: all that has landed"),
  labels: z
    .array(z.strictObject({ id: z.string().max(200), vin, component: z.enum(COMPONENTS), outcome: z.enum(OUTCOMES), atMs: z.number() }))
    .max(100_000)
    .nullable()
    .default(null)
    .describe("held against these instead of the labels table; nothing is promoted on such a run"),
  holdout: z.array(vin).max(100_000).nullable().default(null).describe("the control group; default: who was drawn into it"),
  sampleShare: z.number().gt(0).max(1).default(1).describe("share of the vehicles, always the same ones"),
  policy: z
    .strictObject({
      horizonDays: z.number().positive().max(1000).default(DEFAULT_POLICY.horizonDays),
      leadMinDays: z.number().min(0).max(1000).default(DEFAULT_POLICY.leadMinDays),
      labelDelayDays: z.number().min(0).max(1000).default(DEFAULT_POLICY.labelDelayDays),
      absence: z.enum(["false", "unknown"]).default(DEFAULT_POLICY.absence).describe("what a firing without any outcome is"),
      coolDownDays: z
        .number()
        .min(0)
        .max(366)
        .default(DEFAULT_POLICY.coolDownDays)
        .describe("a firing this soon after the one before is no new alert"),
      resamples: z.number().int().min(0).max(10_000).default(DEFAULT_POLICY.resamples),
      seed: z.number().int().default(DEFAULT_POLICY.seed).describe("of the intervals"),
    })
    .prefault({}),
  cost: z
    .strictObject({
      currency: z.string().max(10).default(DEFAULT_COST.currency),
      missedFault: z.number().min(0).default(DEFAULT_COST.missedFault),
      foundFault: z.number().min(0).default(DEFAULT_COST.foundFault),
      falseAlert: z.number().min(0).default(DEFAULT_COST.falseAlert),
      actionRate: z.number().min(0).max(1).default(DEFAULT_COST.actionRate),
    })
    .prefault({}),
  limits: z
    .strictObject({
      rowsMax: z.number().positive().default(DEFAULT_LIMITS.rowsMax),
      secondsMax: z.number().positive().default(DEFAULT_LIMITS.secondsMax),
    })
    .prefault({}),
});
export type Scope = z.infer<typeof scopeSchema>;

export const sweepSchema = z.array(axisSchema).max(2).default([]);

/** A text with its name, as it is judged. */
export interface Judged {
  readonly file: string;
  readonly text: string;
  readonly ruleId: string;
}

/** A complete request from what was asked for. */
export async function requestOf(
  { store, db }: { readonly store: ColumnStore; readonly db: Queryable },
  { file, text, ruleId }: Judged,
  scope: Scope,
  { parameters, sweep }: { readonly parameters: Readonly<Record<string, number>>; readonly sweep: z.infer<typeof sweepSchema> },
): Promise<BacktestRequest> {
  const seen = scope.from !== undefined && scope.to !== undefined ? { firstMs: 0, lastMs: 0 } : await reportsSeen(store);
  const toMs = scope.to === undefined ? seen.lastMs + 1 : Date.parse(scope.to);
  const fromMs = scope.from === undefined ? Math.max(seen.firstMs, toMs - DEFAULT_DAYS * DAY_MS) : Date.parse(scope.from);
  return backtestRequest({
    ruleText: text,
    ruleFile: file,
    fromMs,
    toMs,
    extra: {
      vehicles: scope.vehicles,
      sampleShare: scope.sampleShare,
      parameters,
      sweep: sweep.map((axis) => ({ parameter: axis.parameter, values: "values" in axis ? axis.values : spread(axis) })),
      policy: scope.policy,
      cost: scope.cost,
      limits: scope.limits,
      holdout: scope.holdout ?? (await heldVehicles(db, ruleId)),
      labels: scope.labels,
      snapshot: scope.snapshot,
    },
  });
}

function spread({ from, to, count }: { readonly from: number; readonly to: number; readonly count: number }): readonly number[] {
  const step = (to - from) / (count - 1);
  return Array.from({ length: count }, (_, i) => Number((from + i * step).toPrecision(12)));
}

async function reportsSeen(store: ColumnStore): Promise<{ readonly firstMs: number; readonly lastMs: number }> {
  const rows = await store.query(
    "SELECT min(toUnixTimestamp64Milli(event_time)) AS firstMs, max(toUnixTimestamp64Milli(event_time)) AS lastMs FROM telemetry",
    z.object({ firstMs: z.number(), lastMs: z.number() }),
  );
  return rows[0] ?? { firstMs: 0, lastMs: 0 };
}

/** Vehicles whose owners were told nothing by this rule. */
async function heldVehicles(db: Queryable, ruleId: string): Promise<readonly string[]> {
  const rows = await db.query(
    "SELECT DISTINCT vin FROM trial_draws WHERE rule_id = $1 AND arm = 'held' ORDER BY vin",
    [ruleId],
    z.object({ vin: z.string() }),
  );
  return rows.map((row) => row.vin);
}
