import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_RULES_DIR } from "@bellwether/analytics/catalogue";
import { analyticsConfigSchema } from "@bellwether/analytics/config";
import { createAnalytics } from "@bellwether/analytics/service";
import { runBacktest } from "@bellwether/analytics/workbench/backtest/backtest";
import { backtestRequest } from "@bellwether/analytics/workbench/backtest/request";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { openTestPostgres, type TestPostgres } from "@bellwether/postgres/testing";
import { openLog } from "@bellwether/runtime/log/openLog";
import type { RecordLog } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { alertsConfigSchema } from "../config.ts";
import { createAlerts } from "../service.ts";

/** A model that runs elsewhere writes its scores to the topic: shadow, live, alert and back-test say the same of them. */

const FILE = "outside-score.yaml";
const RULE = new URL(`../../../analytics/src/rules/fixtures/good/${FILE}`, import.meta.url);
const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const logger = createLogger({ service: "test", level: "silent" });
const metrics = createMetrics();
let dir: string;
let rules: string;
let clickhouse: TestStore;
let postgres: TestPostgres;
let log: RecordLog;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-scores-"));
  rules = join(dir, "rules");
  await cp(join(DEFAULT_RULES_DIR, "detectors"), join(rules, "detectors"), { recursive: true });
  [clickhouse, postgres] = await Promise.all([openTestStore(), openTestPostgres()]);
  log = await openLog({ kind: "embedded", dir: join(dir, "log") });
  const vehicles = [0, 1, 2, 3].map((car) => ({ vin: `CAR${car}`, model: "M", chemistry: "nmc", nominal_ah: 100, cells: 96, revision: 1 }));
  await clickhouse.store.insertRows("vehicles", vehicles, { token: "vehicles" });
});
afterAll(async () => {
  await Promise.all([clickhouse.close(), postgres.close(), log.close()]);
  await rm(dir, { recursive: true });
});

async function ruleText(status: "shadow" | "live"): Promise<string> {
  return (await readFile(RULE, "utf8")).replace(/^status: .*$/m, `status: ${status}`);
}

/** Car k scores 0.5 + k / 10 on days 10 to 13, else 0.1. */
function scoresOf(fromDay: number, toDay: number) {
  return Array.from({ length: (toDay - fromDay) * 4 }, (_, i) => {
    const [day, car] = [fromDay + Math.floor(i / 4), i % 4];
    const score = day >= 10 && day <= 13 ? 0.5 + car / 10 : 0.1;
    return { model: "cell-risk", version: "3", vin: `CAR${car}`, at: new Date(START_MS + day * DAY_MS).toISOString(), score };
  });
}

/** One run of the product: what comes by topic lands, is judged and told. */
async function run(records: readonly unknown[]): Promise<void> {
  const [alertsConfig, analyticsConfig] = [
    alertsConfigSchema.parse({ senderPollMs: 20 }),
    analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0, analyticsRulesDir: rules }),
  ];
  const { store } = clickhouse;
  const advice = { findAdvice: () => null };
  const deps = { log, store, logger, metrics: createMetrics(), now: Date.now };
  const analytics = createAnalytics({ ...deps, sink: log.sink, config: analyticsConfig });
  const alerts = createAlerts({ ...deps, db: postgres.db, advice, config: alertsConfig, metrics });
  await alerts.start();
  const values = records.map((record) => ({ key: "any", value: Buffer.from(JSON.stringify(record)) }));
  await log.sink.send(TOPICS.outsideScores, values);
  await alerts.drain();
  await analytics.tick({ final: true });
  await alerts.drain();
  await alerts.stop();
}

const scoreRow = z.object({ rows: z.number(), versions: z.array(z.string()) });

it("lands each score once, parks what is none, and stands in shadow, tells when live and back-tests alike", async () => {
  await writeFile(join(rules, FILE), await ruleText("shadow"));
  const bad = [{ ...scoresOf(0, 1)[0], vin: "NOBODY" }, { ...scoresOf(0, 1)[0], score: "high" }, "text"];
  await run([...scoresOf(0, 12), ...bad, ...scoresOf(0, 3)]);
  const { store } = clickhouse;
  const onRecord = (stage: string) =>
    store.query(
      "SELECT vin, known_at FROM rule_firings FINAL WHERE NOT is_withdrawn AND stage = {stage:String} ORDER BY vin",
      z.object({ vin: z.string(), known_at: z.string() }),
      { params: { stage } },
    );
  expect(await onRecord("shadow")).toEqual([{ vin: "CAR3", known_at: new Date(START_MS + 11 * DAY_MS).toISOString() }]);
  expect(await postgres.db.query("SELECT vin FROM alerts", [], z.object({ vin: z.string() }))).toEqual([]);
  expect((await log.endOffsets(TOPICS.deadLetters)).reduce((sum, { nextOffset }) => sum + nextOffset, 0)).toBe(3);
  expect(await metrics.registry.metrics()).toContain('bellwether_alerts_outside_scores_total{result="landed"} 60');

  await writeFile(join(rules, FILE), await ruleText("live"));
  await run(scoresOf(12, 24));
  // FINAL: a score that came twice is one.
  const kept = "SELECT count() AS rows, groupUniqArray(model_version) AS versions FROM outside_scores FINAL";
  expect(await store.query(kept, scoreRow)).toEqual([{ rows: 96, versions: ["3"] }]);
  const said = await onRecord("live");
  const request = backtestRequest({
    ruleText: await ruleText("live"),
    ruleFile: FILE,
    fromMs: START_MS,
    toMs: START_MS + 40 * DAY_MS,
    extra: {},
  });
  const { firings } = await runBacktest(store, request, { now: () => 0 });
  expect(said.map(({ vin, known_at }) => [vin, Date.parse(known_at)])).toEqual(firings.map(({ vin, knownMs }) => [vin, knownMs]));
  expect(said.map(({ vin }) => vin)).toEqual(["CAR3"]);
  expect(await postgres.db.query("SELECT vin, component FROM alerts", [], z.object({ vin: z.string(), component: z.string() }))).toEqual([
    { vin: "CAR3", component: "battery_cell" },
  ]);
});
