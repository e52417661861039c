import { readFile } from "node:fs/promises";
import { DEFAULT_RULES_DIR, loadRules } from "@bellwether/analytics/catalogue";
import { analyticsConfigSchema } from "@bellwether/analytics/config";
import { createAnalytics } from "@bellwether/analytics/service";
import { runBacktest } from "@bellwether/analytics/workbench/backtest/backtest";
import { backtestRequest, DEFAULT_POLICY } from "@bellwether/analytics/workbench/backtest/request";
import type { BacktestReport, GroundTruth } from "@bellwether/analytics/workbench/types";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { landMasterData, simulateFleet } from "./scorecard/simulatedTelemetry.ts";

/** The workbench on a simulated fleet: the live engine's firings, and scores counted here from nothing but table and planted truth. */

const START_MS = Date.UTC(2026, 4, 1);
const DAY_MS = 86_400_000;
const DAYS = 10;
const fleet = simulateFleet({
  seed: 11,
  vehicles: 24,
  startMs: START_MS,
  days: DAYS,
  reportIntervalS: 60,
  faultShare: 0.6,
  kinds: ["maker_alarm_bursts", "cell_under_voltage", "maker_alarm_stop", "pack_over_temperature"],
  signals: [
    "cellVoltageMinV",
    "cellVoltageMaxV",
    "alarmLevel",
    "probeTempMaxC",
    "probeTempMinC",
    "packVoltageV",
    "speedKmh",
    "chargeState",
    "vehicleState",
  ],
});
const window = { fromMs: START_MS - DAY_MS, toMs: START_MS + (DAYS + 2) * DAY_MS };
let test: TestStore;

/** Every planted fault becomes a confirmed repair two days after its start. */
const repairs: readonly GroundTruth[] = fleet.truth.map(({ vin, component, kind, startMs }) => ({
  id: `${vin}/${kind}`,
  vin,
  component,
  outcome: "confirmed",
  atMs: startMs + 2 * DAY_MS,
}));

async function backtest(id: string): Promise<BacktestReport> {
  const ruleText = await readFile(`${DEFAULT_RULES_DIR}/${id}.yaml`, "utf8");
  const policy = { ...DEFAULT_POLICY, horizonDays: 2, labelDelayDays: 0, resamples: 50 };
  return runBacktest(test.store, backtestRequest({ ruleText, ruleFile: `${id}.yaml`, ...window, extra: { labels: repairs, policy } }), {
    now: () => 0,
  });
}

const firingSchema = z.object({ rule_id: z.string(), vin: z.string(), started_at: z.string(), known_at: z.string() });

async function recorded(ruleId: string): Promise<z.infer<typeof firingSchema>[]> {
  return test.store.query(
    "SELECT rule_id, vin, started_at, known_at FROM rule_firings FINAL WHERE NOT is_withdrawn AND rule_id = {ruleId:String} ORDER BY vin, known_at",
    firingSchema,
    { params: { ruleId } },
  );
}

beforeAll(async () => {
  test = await openTestStore();
  await landMasterData(test.store, fleet.profiles);
  for (let day = 0; day < DAYS; day += 1) {
    await fleet.landDay(test.store, day);
    // A new engine every day: the process was restarted.
    const analytics = createAnalytics({
      store: test.store,
      sink: { async send() {} },
      config: analyticsConfigSchema.parse({}),
      logger: createLogger({ service: "test", level: "silent" }),
      metrics: createMetrics(),
      now: () => START_MS,
    });
    await analytics.tick();
  }
}, 400_000);
afterAll(() => test.close());

describe("the workbench on a simulated fleet", () => {
  it("fires where the live engine fired, for every rule of the catalogue", async () => {
    const { rules } = await loadRules();
    let firings = 0;
    for (const { id } of rules) {
      const live = (await recorded(id)).map(({ vin, started_at, known_at }) => `${vin} ${started_at} ${known_at}`);
      const report = await backtest(id);
      const iso = (ms: number) => new Date(ms).toISOString();
      expect(report.firings.map(({ vin, startMs, knownMs }) => `${vin} ${iso(startMs)} ${iso(knownMs)}`).sort()).toEqual(live.sort());
      firings += live.length;
    }
    expect(firings).toBeGreaterThan(5);
  }, 120_000);

  it.each(["maker-alarm-level-2", "cell-under-voltage", "maker-alarm-level-3"])("scores %s as counting by hand does", async (id) => {
    const { score } = await backtest(id);
    const { component } = (await loadRules()).rules.find((rule) => rule.id === id) ?? { component: null };
    const faults = repairs.filter((repair) => repair.component === component);
    const fired = (await recorded(id)).map(({ vin, known_at }) => ({ vin, knownMs: Date.parse(known_at) }));
    const hit = (firing: (typeof fired)[number]) =>
      faults.find(({ vin, atMs }) => vin === firing.vin && atMs >= firing.knownMs && atMs - firing.knownMs <= 2 * DAY_MS);
    const first = new Map(fired.toReversed().flatMap((firing) => (hit(firing) === undefined ? [] : [[hit(firing)?.id, firing]])));
    expect(score.firings).toBe(fired.length);
    expect(score.true).toBe(first.size);
    expect(score.duplicates).toBe(fired.filter((firing) => hit(firing) !== undefined).length - first.size);
    expect(score.false + score.unknown).toBe(fired.filter((firing) => hit(firing) === undefined).length);
    expect(score.found + score.missed + score.censored).toBe(faults.filter(({ atMs }) => atMs < window.toMs).length);
    expect(score.precision.value).toBe(score.true + score.false === 0 ? null : score.true / (score.true + score.false));
    const leads = [...first].map(
      ([faultId, { knownMs }]) => ((faults.find((fault) => fault.id === faultId)?.atMs ?? 0) - knownMs) / DAY_MS,
    );
    expect(score.leadDays).toEqual(leads.toSorted((a, b) => a - b));
  });
});
