import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRule } from "../../rules/readRules.ts";
import { runBacktest } from "../backtest/backtest.ts";
import { backtestRequest } from "../backtest/request.ts";
import { runExamples } from "../examples.ts";
import { explain } from "../explain.ts";

/** A model that runs elsewhere, judged by the same rules: its scores in a table, a threshold, labels. */

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const FILE = "outside-score.yaml";
const TEXT = await readFile(fileURLToPath(new URL(`../../rules/fixtures/good/${FILE}`, import.meta.url)), "utf8");
let test: TestStore;

/** A score a day: car k is at 0.3 + k / 10 from day 10 to 13, else at 0.1. Another model says 1 always. */
function scores(): readonly object[] {
  return Array.from({ length: 7 }, (_, car) =>
    Array.from({ length: 30 }, (__, day) => {
      const at = new Date(START_MS + day * DAY_MS).toISOString();
      const line = { vin: `CAR${car}`, event_time: at, received_time: at, model_version: "1" };
      return [
        { ...line, model: "cell-risk", score: day >= 10 && day <= 13 ? 0.3 + car / 10 : 0.1 },
        { ...line, model: "other", score: 1 },
      ];
    }),
  ).flat(2);
}

const labels = [{ id: "L1", vin: "CAR6", component: "battery_cell" as const, outcome: "confirmed" as const, atMs: START_MS + 20 * DAY_MS }];
const request = (extra: Parameters<typeof backtestRequest>[0]["extra"] = {}) =>
  backtestRequest({ ruleText: TEXT, ruleFile: FILE, fromMs: START_MS, toMs: START_MS + 40 * DAY_MS, extra: { labels, ...extra } });

beforeAll(async () => {
  test = await openTestStore();
  await test.store.insertRows("outside_scores", scores(), { token: "scores" });
});
afterAll(() => test.close());

describe("a rule over outside scores", () => {
  it("is back-tested and swept like any rule, on its own model's scores alone", async () => {
    const values = [0.25, 0.45, 0.65, 0.85];
    const { firings, score, sweep } = await runBacktest(test.store, request({ sweep: [{ parameter: "limit", values }] }), { now: () => 0 });
    expect(firings.map(({ vin, knownMs, verdict }) => [vin, (knownMs - START_MS) / DAY_MS, verdict])).toEqual([
      ["CAR5", 11, "unknown"],
      ["CAR6", 11, "true"],
    ]);
    expect(score).toMatchObject({ vehicles: 7, rows: 210, found: 1, missed: 0 });
    expect(sweep?.points.map((point) => point.firings)).toEqual([7, 5, 3, 1]);
  });

  it("sees a corrected score once", async () => {
    const received = new Date(START_MS + 60 * DAY_MS).toISOString();
    const lines = [10, 11, 12, 13].map((day) => ({
      vin: "CAR5",
      model: "cell-risk",
      event_time: new Date(START_MS + day * DAY_MS).toISOString(),
      received_time: received,
      model_version: "2",
      score: 0.2,
    }));
    await test.store.insertRows("outside_scores", lines, { token: "corrected" });
    const { firings } = await runBacktest(test.store, request(), { now: () => 0 });
    expect(firings.map(({ vin }) => vin)).toEqual(["CAR6"]);
  });

  it("is explained, and its examples run", async () => {
    const read = readRule(FILE, TEXT);
    if (!read.ok) throw new Error(read.problems.join("\n"));
    const told = await explain(test.store, read.value, { vin: "CAR6", askedMs: START_MS + 12 * DAY_MS });
    expect(told).toMatchObject({ state: "firing", condition: [{ holds: true, operator: ">=", right: 0.8 }] });
    expect(await runExamples(test.store, [read.value])).toEqual([
      expect.objectContaining({ isAsExpected: true }),
      expect.objectContaining({ isAsExpected: true }),
    ]);
  });
});
