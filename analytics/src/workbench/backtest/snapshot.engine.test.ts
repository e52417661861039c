import { readFile } from "node:fs/promises";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_RULES_DIR } from "../../catalogue.ts";
import { createSeeder, type Seeder, type SeedRow } from "../../testing/seed.ts";
import { planBacktest, runBacktest, runPlan } from "./backtest.ts";
import { backtestRequest } from "./request.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const RULE_TEXT = await readFile(`${DEFAULT_RULES_DIR}/cell-under-voltage.yaml`, "utf8");
const options = { now: Date.now };
let test: TestStore;
let seeder: Seeder;

/** Five reports a minute apart; below 2.7 V the rule fires. */
const reports = (vin: string, day: number, volts: number): SeedRow[] =>
  Array.from({ length: 5 }, (_, i) => ({ vin, atMs: START_MS + day * DAY_MS + i * 60_000, cell_voltage_min_v: volts }));
const request = (extra: Parameters<typeof backtestRequest>[0]["extra"] = {}) =>
  backtestRequest({ ruleText: RULE_TEXT, ruleFile: "cell-under-voltage.yaml", fromMs: START_MS, toMs: START_MS + 6 * DAY_MS, extra });

beforeEach(async () => {
  test = await openTestStore();
  seeder = createSeeder(test.store);
  await seeder.land([...reports("CAR0", 1, 2.3), ...reports("CAR1", 1, 3.9)]);
});
afterEach(() => test.close());

describe("the bounds of a back-test", () => {
  it("give the same hash when more has landed since, also before its window; without them the result is another", async () => {
    const before = await runBacktest(test.store, request(), options);
    await seeder.land([...reports("CAR1", 2, 2.2), ...reports("CAR0", -1, 2.2)]);
    const { snapshot, resultHash } = before.provenance;
    expect((await runBacktest(test.store, request({ snapshot }), options)).provenance).toEqual(before.provenance);
    const fresh = await runBacktest(test.store, request(), options);
    expect(fresh.provenance.resultHash).not.toBe(resultHash);
    expect(fresh.provenance.requestHash).toBe(before.provenance.requestHash);
  });

  it("are those of the plan, although more lands before it has ended", async () => {
    const before = await runBacktest(test.store, request(), options);
    const plan = await planBacktest(test.store, request());
    await seeder.land(reports("CAR9", 1, 2.2));
    expect((await runPlan(test.store, plan, options)).provenance).toEqual(before.provenance);
  });
});
