import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
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
