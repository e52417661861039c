import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readEvaluation } from "./evaluationRead.ts";
import { readForecast } from "./forecastRead.ts";

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(async () => test.close());

it("reads the newest forecast with its open ends, and null before the first", async () => {
  const row = (at: string, latest: number | null) => ({
    vin: "V1",
    at,
    method: "battery-capacity",
    method_version: 2,
    shape: "square root",
    peers: 40,
    is_provisional: false,
    limit_kind: ["fixed", "warranty"],
    limit_pct: [80, 70],
    earliest_months: [3, null],
    central_months: [5, null],
    latest_months: [latest, null],
    warranty_verdict: "not_before",
    warranty_months_left: 40.5,
    horizon_months: [1, 12],
    soh_pct: [84, 78],
    low80_pct: [83, 75],
    high80_pct: [85, 81],
    computed_at: "2026-05-01T00:00:00.000Z",
  });
  await test.store.insertRows("forecasts", [row("2026-04-20", 9), row("2026-04-27", null)], { token: "t1" });
  expect(await readForecast(test.store, "V1")).toEqual({
    at: "2026-04-27",
    shape: "square root",
    peers: 40,
    isProvisional: false,
    limits: [
      { kind: "fixed", sohPct: 80, earliestMonths: 3, centralMonths: 5, latestMonths: null },
      { kind: "warranty", sohPct: 70, earliestMonths: null, centralMonths: null, latestMonths: null },
    ],
    warrantyVerdict: "not_before",
    warrantyMonthsLeft: 40.5,
    path: [
      { month: 1, sohPct: 84, low80Pct: 83, high80Pct: 85 },
      { month: 12, sohPct: 78, low80Pct: 75, high80Pct: 81 },
    ],
  });
  expect(await readForecast(test.store, "V2")).toBeNull();
});

it("says who could not judge a vehicle when it last reported, with the newest reason of each, and how much of its weeks was seen", async () => {
  const unjudged = (day: string, source_id: string, reason: string) => {
    return { vin: "V1", day, source_id, reason, samples: 3, computed_at: `${day}T23:00:00.000Z` };
  };
  const before = [unjudged("2026-04-01", "tyre-leak", "missing_signal"), unjudged("2026-04-20", "abnormal-cell", "no_cells")];
  const last = [unjudged("2026-04-25", "abnormal-cell", "cell_count_differs"), unjudged("2026-04-26", "cell-leak", "too_few_usable_days")];
  await test.store.insertRows("not_evaluated", [...before, ...last], { token: "t2" });
  const week = { vin: "V1", days: 6, charging_coverage: null, interval_s: 30, computed_at: "2026-04-26T23:00:00.000Z" };
  const weeks = [
    { ...week, week: "2026-04-13", driving_coverage: 0.9, problems: [] },
    { ...week, week: "2026-04-20", driving_coverage: 0.5, problems: ["driving_coverage_low"] },
  ];
  await test.store.insertRows("data_quality", weeks, { token: "t3" });
  expect(await readEvaluation(test.store, "V1", "2026-04-27T06:00:00.000Z")).toEqual({
    notEvaluated: [
      { sourceId: "abnormal-cell", day: "2026-04-25", reason: "cell_count_differs", samples: 3 },
      { sourceId: "cell-leak", day: "2026-04-26", reason: "too_few_usable_days", samples: 3 },
    ],
    weeks: [
      { week: "2026-04-20", days: 6, drivingCoverage: 0.5, chargingCoverage: null, intervalS: 30, problems: ["driving_coverage_low"] },
      { week: "2026-04-13", days: 6, drivingCoverage: expect.closeTo(0.9), chargingCoverage: null, intervalS: 30, problems: [] },
    ],
  });
  expect(await readEvaluation(test.store, "V2", "2026-04-27T06:00:00.000Z")).toEqual({ notEvaluated: [], weeks: [] });
});
