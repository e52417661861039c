import type { ColumnStore } from "@bellwether/clickhouse/store";
import { ALERT_COOL_DOWN_DAYS, isWorthTelling } from "@bellwether/contracts/alertPolicy";
import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { z } from "zod";
import { compileRule } from "../../rules/compile.ts";
import type { Rule } from "../../rules/readRules.ts";
import { rowSourceOf } from "../../rules/rowSource.ts";
import { planLanes } from "../backtest/lanes.ts";
import { timeFilter, type Window } from "../backtest/pieces.ts";
import { prefilterOf } from "../backtest/prefilter.ts";
import { opensAlert } from "../scoring/countAlerts.ts";
import { type SequentialVerdict, sequentialTest } from "./sequentialTest.ts";

/** How a rule and what it reads do now, against an earlier time, per model. */
export interface ModelWatch {
  readonly model: string;
  readonly reports: number;
  /** Share of reports the condition could not be decided for, then and now; null where that takes more than the report. */
  readonly notEvaluated: { readonly before: number | null; readonly now: number | null };
  /** Population stability index per signal the rule reads: above 0.2 the input is another. */
  readonly psi: Readonly<Record<string, number>>;
}

export interface ShadowWatch {
  readonly ruleId: string;
  /** Firings recorded live or in shadow within the window. */
  readonly firings: number;
  /** What owners got of a live rule, and would have got of one in shadow; 0 for a rule whose findings are only noted. */
  readonly alerts: number;
  /** What the rate and the test are about: alerts, but firings where the rule's severity makes none. */
  readonly counted: "alerts" | "firings";
  readonly vehicleYears: number;
  readonly per1000VehicleYears: number | null;
  readonly sequential: SequentialVerdict | null;
  readonly models: readonly ModelWatch[];
}

const NUMERIC = new Set(SIGNAL_NAMES.filter((name) => /^(float|uint)\d+$/.test(signalDefinition(name).kind)).map(columnOf));
const BINS = 10;
const SMALLEST_SHARE = 1e-4;
const YEAR_MS = 365.25 * 86_400_000;

const modelRow = z.object({
  model: z.string(),
  before_n: z.number(),
  now_n: z.number(),
  before_unknown: z.number(),
  now_unknown: z.number(),
});
const binRow = z.object({ model: z.string(), before: z.array(z.number()), now: z.array(z.number()) });

/**
 * Watches a rule on live data: what it tells against a budget (alerts per 1,000 vehicle-years), the share of reports that could
 * not be judged, and whether the signals it reads are distributed as before.
 */
export async function watchShadow(
  store: ColumnStore,
  rule: Rule,
  { before, now, budget }: { readonly before: Window; readonly now: Window; readonly budget: number | null },
): Promise<ShadowWatch> {
  const { firings, alerts } = await countRecorded(store, rule, now);
  const counted = isWorthTelling(rule.severity) ? "alerts" : "firings";
  const events = counted === "alerts" ? alerts : firings;
  const vehicleYears = await exposure(store, now);
  const models = await watchModels(store, rule, before, now);
  const perThousand = vehicleYears / 1000;
  return {
    ruleId: rule.id,
    firings,
    alerts,
    counted,
    vehicleYears,
    per1000VehicleYears: perThousand === 0 ? null : events / perThousand,
    sequential: budget === null ? null : sequentialTest({ events, exposure: perThousand }, { budget, tooMany: 2 * budget }),
    models,
  };
}

const firingRow = z.object({ vin: z.string(), knownMs: z.number(), lastFiringMs: z.number() });
const DAY_MS = 86_400_000;

/**
 * The window's firings, and the alerts they are: an episode of before the window may have opened the alert that one of the window
 * continues, so each vehicle's last ones of before are read as well.
 */
async function countRecorded(store: ColumnStore, { id, severity }: Rule, { fromMs, toMs }: Window) {
  const rows = await store.query(
    // FINAL: the newest word on each episode of one rule.
    `SELECT vin, toUnixTimestamp64Milli(known_at) AS knownMs, toUnixTimestamp64Milli(last_firing) AS lastFiringMs
     FROM rule_firings FINAL WHERE rule_id = {ruleId:String} AND NOT is_withdrawn
       AND last_firing >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND known_at < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
     ORDER BY vin, known_at`,
    firingRow,
    { params: { ruleId: id, from: fromMs - ALERT_COOL_DOWN_DAYS * DAY_MS, to: toMs } },
  );
  const alerts = rows.filter((row, i) => {
    const before = rows[i - 1];
    return row.knownMs >= fromMs && opensAlert(row, before?.vin === row.vin ? before : undefined, ALERT_COOL_DOWN_DAYS);
  });
  return { firings: rows.filter(({ knownMs }) => knownMs >= fromMs).length, alerts: isWorthTelling(severity) ? alerts.length : 0 };
}

async function exposure(store: ColumnStore, { fromMs, toMs }: Window): Promise<number> {
  const [row] = await store.query(
    `SELECT sum(seen_ms) AS ms FROM (
       SELECT toUnixTimestamp64Milli(max(event_time)) - toUnixTimestamp64Milli(min(event_time)) AS seen_ms FROM telemetry WHERE ${timeFilter} GROUP BY vin)`,
    z.object({ ms: z.number().nullable() }),
    { params: { from: fromMs, to: toMs } },
  );
  return (row?.ms ?? 0) / YEAR_MS;
}

const MASTER = "LEFT ANY JOIN (SELECT vin, argMax(model, revision) AS model FROM vehicles GROUP BY vin) AS master USING (vin)";

async function watchModels(store: ColumnStore, rule: Rule, before: Window, now: Window): Promise<readonly ModelWatch[]> {
  const planned = planLanes(rule, []);
  const unknownSql = planned.ok ? prefilterOf(rule, planned.lanes, []).unknownSql : null;
  const source = rowSourceOf(rule);
  const params = { a: before.fromMs, b: before.toMs, c: now.fromMs, d: now.toMs };
  const counts = await store.query(
    `SELECT model, countIf(is_now = 0) AS before_n, countIf(is_now) AS now_n, countIf(is_now = 0 AND unknown) AS before_unknown, countIf(is_now AND unknown) AS now_unknown
     FROM (SELECT vin, ${PERIOD} AS is_now, ${unknownSql ?? "0"} AS unknown FROM ${source.sql} AS lines WHERE ${EITHER}) AS reports ${MASTER} GROUP BY model ORDER BY model`,
    modelRow,
    { params },
  );
  const psi = new Map<string, Record<string, number>>();
  for (const column of compileRule(rule).columns.filter((name) => source.table !== "telemetry" || NUMERIC.has(name))) {
    for (const { model, before: a, now: b } of await store.query(binsSql(source.sql, column), binRow, { params })) {
      psi.set(model, { ...psi.get(model), [column]: stabilityIndex(a, b) });
    }
  }
  const share = (part: number, whole: number) => (unknownSql === null || whole === 0 ? null : part / whole);
  return counts.map((row) => ({
    model: row.model,
    reports: row.now_n,
    notEvaluated: { before: share(row.before_unknown, row.before_n), now: share(row.now_unknown, row.now_n) },
    psi: psi.get(row.model) ?? {},
  }));
}

const within = (from: string, to: string) =>
  `event_time >= fromUnixTimestamp64Milli({${from}:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Milli({${to}:Int64}, 'UTC')`;
const PERIOD = `(${within("c", "d")})`;
const EITHER = `((${within("a", "b")}) OR (${within("c", "d")}))`;

/** Counts per decile of the earlier time, per model and period. */
function binsSql(lines: string, column: string): string {
  const levels = Array.from({ length: BINS - 1 }, (_, i) => (i + 1) / BINS).join(", ");
  const count = (period: string) => `arrayMap(bin -> countEqual(groupArrayIf(bin_of, ${period}), bin), range(${BINS}))`;
  return `
    SELECT model, ${count("is_now = 0")} AS before, ${count("is_now")} AS now
    FROM (
      SELECT model, is_now, toUInt8(arrayCount(edge -> reading > edge, edges)) AS bin_of
      FROM (SELECT model, is_now, reading FROM (SELECT vin, ${PERIOD} AS is_now, toFloat64(${column}) AS reading FROM ${lines} AS lines WHERE ${EITHER} AND ${column} IS NOT NULL) AS reports ${MASTER}) AS readings
      INNER JOIN (
        SELECT model, quantiles(${levels})(reading) AS edges
        FROM (SELECT vin, toFloat64(assumeNotNull(${column})) AS reading FROM ${lines} AS lines WHERE ${within("a", "b")} AND ${column} IS NOT NULL) AS earlier ${MASTER} GROUP BY model
      ) AS deciles USING (model)
    )
    GROUP BY model`;
}

/**
 * Population stability index of two histograms over the same bins: sum of (q - p) ln(q / p) over their shares; 0 for the same shape,
 * above 0.2 worth a look. Empty bins count as 0.01 %. Null counts give 0.
 */
export function stabilityIndex(before: readonly number[], now: readonly number[]): number {
  const [a, b] = [sum(before), sum(now)];
  if (a === 0 || b === 0) return 0;
  return sum(
    before.map((count, i) => {
      const p = Math.max(SMALLEST_SHARE, count / a);
      const q = Math.max(SMALLEST_SHARE, (now[i] ?? 0) / b);
      return (q - p) * Math.log(q / p);
    }),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
