import type { Rule } from "@bellwether/analytics/rules/readRules";
import { DEFAULT_POLICY } from "@bellwether/analytics/workbench/backtest/request";
import { countAlerts } from "@bellwether/analytics/workbench/scoring/countAlerts";
import { judgeVehicle } from "@bellwether/analytics/workbench/scoring/judge";
import type { Firing, GroundTruth } from "@bellwether/analytics/workbench/types";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import { ALERT_COOL_DOWN_DAYS } from "@bellwether/contracts/alertPolicy";
import type { Component } from "@bellwether/contracts/finding";
import { z } from "zod";

/** What became of a rule's firings on live data, by labels alone: silence counts as unknown. */
export const liveScoreSchema = z.object({
  firings: z.number(),
  alerts: z.number().describe("of these firings, those that told somebody or would have: one per cool-down, info is none"),
  vehicles: z.number(),
  true: z.number(),
  false: z.number(),
  unknown: z.number(),
  lastFiringAt: z.iso.datetime().nullable(),
});
export type LiveScore = z.infer<typeof liveScoreSchema>;

const firingRow = z.object({
  rule_id: z.string(),
  vin: z.string(),
  startMs: z.number(),
  knownMs: z.number(),
  lastFiringMs: z.number(),
});
const labelRow = TABLES.labels.pick({ id: true, vin: true, component: true, outcome: true, at: true });

/** Newest firings looked at; a rule with more has another problem. */
const FIRINGS_MAX = 100_000;

/** The live score of every rule that has fired, by rule id. */
export async function readLiveScores(
  store: ColumnStore,
  rules: ReadonlyMap<string, Pick<Rule, "component" | "severity">>,
  nowMs: number,
): Promise<ReadonlyMap<string, LiveScore>> {
  const [firings, labels] = await Promise.all([
    store.query(
      // FINAL: the newest word on each episode.
      `SELECT rule_id, vin, toUnixTimestamp64Milli(started_at) AS startMs, toUnixTimestamp64Milli(known_at) AS knownMs,
         toUnixTimestamp64Milli(last_firing) AS lastFiringMs
       FROM rule_firings FINAL WHERE NOT is_withdrawn ORDER BY known_at DESC LIMIT {limit: UInt32}`,
      firingRow,
      { params: { limit: FIRINGS_MAX } },
    ),
    // FINAL: a corrected label replaces the earlier one.
    store.query("SELECT id, vin, component, outcome, at FROM labels FINAL ORDER BY at, id", labelRow),
  ]);
  const truths = groupBy(
    labels.map(({ at, ...label }): GroundTruth => ({ ...label, atMs: Date.parse(at) })),
    ({ vin, component }) => `${vin}/${component}`,
  );
  const byRule = groupBy(firings, ({ rule_id }) => rule_id);
  return new Map(
    [...byRule].map(([ruleId, own]) => [
      ruleId,
      scoreOf(own, rules.get(ruleId), { labelsOf: (vin, component) => truths.get(`${vin}/${component}`) ?? [], nowMs }),
    ]),
  );
}

interface Outlook {
  readonly labelsOf: (vin: string, component: Component | "") => readonly GroundTruth[];
  readonly nowMs: number;
}

function scoreOf(
  rows: readonly z.infer<typeof firingRow>[],
  rule: Pick<Rule, "component" | "severity"> | undefined,
  { labelsOf, nowMs }: Outlook,
): LiveScore {
  const byVehicle = groupBy(rows.toReversed(), ({ vin }) => vin);
  const alerting = { severity: rule?.severity ?? "info", coolDownDays: ALERT_COOL_DOWN_DAYS };
  const horizon = { fromMs: 0, toMs: nowMs, labelsUntilMs: nowMs };
  const policy = { ...DEFAULT_POLICY, absence: "unknown" } as const;
  const verdicts = [...byVehicle].flatMap(([vin, own]) => {
    const firings = own.map((row): Firing => ({ ...row, clearedMs: null, samples: 0 }));
    return judgeVehicle(firings, { labels: labelsOf(vin, rule?.component ?? ""), observed: null, isHoldout: false }, horizon, policy)
      .firings;
  });
  const count = (wanted: string) => verdicts.filter(({ verdict }) => verdict === wanted).length;
  const lastMs = Math.max(...rows.map(({ lastFiringMs }) => lastFiringMs));
  return {
    firings: rows.length,
    alerts: [...byVehicle.values()].reduce(
      (sum, own) => sum + countAlerts(own, alerting, labelsOf(own[0]?.vin ?? "", rule?.component ?? "")),
      0,
    ),
    vehicles: byVehicle.size,
    true: count("true") + count("duplicate"),
    false: count("false"),
    unknown: count("unknown"),
    lastFiringAt: rows.length === 0 ? null : new Date(lastMs).toISOString(),
  };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
