import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { type Finding, findingSchema } from "@bellwether/contracts/finding";
import type { OutgoingRecord, RecordSink } from "@bellwether/runtime/log/records";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { DEFAULT_RULES_DIR } from "../catalogue.ts";
import { analyticsConfigSchema } from "../config.ts";
import { readRule } from "../rules/readRules.ts";
import { type Analytics, createAnalytics } from "../service.ts";
import { createSeeder } from "../testing/seed.ts";
import { runBacktest } from "../workbench/backtest/backtest.ts";
import { backtestRequest } from "../workbench/backtest/request.ts";
import { runExamples } from "../workbench/examples.ts";

/** Rules over scores of an outside model and over daily numbers, as the engine runs them, against their own back-tests. */

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const FIXTURES = new URL("../rules/fixtures/good/", import.meta.url);
let test: TestStore;
let dir: string;
let nowMs = START_MS;
const sent: Finding[] = [];
const sink: RecordSink = {
  async send(_topic: string, records: readonly OutgoingRecord[]) {
    for (const { value } of records) sent.push(findingSchema.parse(JSON.parse(value.toString())));
  },
};

beforeAll(async () => {
  test = await openTestStore();
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-lanes-"));
  await cp(join(DEFAULT_RULES_DIR, "detectors"), join(dir, "detectors"), { recursive: true });
});
afterAll(async () => {
  await test.close();
  await rm(dir, { recursive: true });
});

async function textOf(file: string, status: "live" | "shadow"): Promise<string> {
  return (await readFile(new URL(file, FIXTURES), "utf8")).replace(/^status: .*$/m, `status: ${status}`);
}

function engine(): Analytics {
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0, analyticsRulesDir: dir });
  const logger = createLogger({ service: "test", level: "silent" });
  return createAnalytics({ store: test.store, sink, config, logger, metrics: createMetrics(), now: () => nowMs });
}

/** What the record says of a rule, and what its back-test says: both as vehicle and the moment it was known. */
async function bothWords(file: string, ruleText: string) {
  const read = readRule(file, ruleText);
  if (!read.ok) throw new Error(read.problems.join("\n"));
  const recorded = await test.store.query(
    "SELECT vin, known_at, stage FROM rule_firings FINAL WHERE rule_id = {id:String} AND NOT is_withdrawn ORDER BY known_at, vin",
    z.object({ vin: z.string(), known_at: z.string(), stage: z.string() }),
    { params: { id: read.value.id } },
  );
  const request = backtestRequest({ ruleText, ruleFile: file, fromMs: START_MS - DAY_MS, toMs: START_MS + 60 * DAY_MS, extra: {} });
  const { firings } = await runBacktest(test.store, request, { now: () => 0 });
  const tested = firings.map(({ vin, knownMs }) => `${vin} ${new Date(knownMs).toISOString()}`).sort();
  return {
    live: recorded.map(({ vin, known_at }) => `${vin} ${known_at}`).sort(),
    tested,
    stages: new Set(recorded.map(({ stage }) => stage)),
  };
}

/** Car k scores 0.3 + k / 10 from day 10 to 13, else 0.1; received as they come. */
function scoresOf(day: number): readonly object[] {
  const at = new Date(START_MS + day * DAY_MS).toISOString();
  return Array.from({ length: 7 }, (_, car) => {
    const score = day >= 10 && day <= 13 ? 0.3 + car / 10 : 0.1;
    return { vin: `CAR${car}`, model: "cell-risk", model_version: "1", event_time: at, received_time: at, score };
  });
}

it("scores: live as they come, over a restart, with the firings of the back-test, and findings only when live", async () => {
  const file = "outside-score.yaml";
  for (const status of ["shadow", "live"] as const) {
    await writeFile(join(dir, file), await textOf(file, status));
    let running = engine();
    const [from, to] = status === "shadow" ? [0, 12] : [12, 24];
    for (let day = from; day < to; day += 1) {
      await test.store.insertRows("outside_scores", scoresOf(day), { token: `day-${day}` });
      nowMs = START_MS + day * DAY_MS + 60_000;
      if (day === 6 || day === 18) running = engine();
      if (day % 2 === 1) await running.tick();
    }
    if (status === "shadow") expect(sent).toEqual([]);
  }
  const { live, tested } = await bothWords(file, await textOf(file, "live"));
  expect(live).toEqual(tested);
  expect(live.map((line) => line.slice(0, 4))).toEqual(["CAR5", "CAR6"]);
  const said = sent.map(({ vin, state }) => `${vin} ${state}`);
  expect([...new Set(said)]).toEqual(["CAR5 active", "CAR6 active", "CAR5 cleared", "CAR6 cleared"]);
  expect(sent[0]?.evidence).toMatchObject({ value: expect.closeTo(0.8, 6), threshold: 0.8, readings: { score: expect.closeTo(0.8, 6) } });
});

it("a day's numbers: judged when the day closes, with the firings of the back-test", async () => {
  const file = "daily-feature.yaml";
  await rm(join(dir, "outside-score.yaml"));
  const text = await textOf(file, "shadow");
  await writeFile(join(dir, file), text);
  const read = readRule(file, text);
  expect(read.ok && (await runExamples(test.store, [read.value])).every(({ isAsExpected }) => isAsExpected)).toBe(true);
  const running = engine();
  const seeder = createSeeder(test.store);
  for (let day = 0; day < 8; day += 1) {
    const worn = day < 3 ? 60 : day === 4 ? 70 : 85;
    const at = START_MS + day * DAY_MS + 8 * 3_600_000;
    const rows = Array.from({ length: 12 }, (_, i) => ({
      vin: "PADS",
      atMs: at + i * 60_000,
      brake_pad_fl_worn_pct: worn,
      odometer_km: 30_000 + 50 * day + i,
    }));
    await seeder.land(rows);
    if (day % 3 === 2) await running.tick();
  }
  await running.tick({ final: true });
  const { live, tested, stages } = await bothWords(file, text);
  expect(live).toEqual(["PADS 2026-03-07T00:00:00.000Z"]);
  expect(tested.filter((line) => line.startsWith("PADS"))).toEqual(live);
  expect(stages).toEqual(new Set(["shadow"]));
});
