import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { analyticsConfigSchema } from "../config.ts";
import { newVehicleState } from "../engine/state.ts";
import { createAnalytics } from "../service.ts";
import { HEALTH_VERSION } from "../soh/healthTrack.ts";
import { createSeeder } from "../testing/seed.ts";

const DAY_MS = 86_400_000;
const START_MS = Date.parse("2026-03-02T00:00:00Z");
let test: TestStore;
beforeEach(async () => {
  test = await openTestStore();
});
afterEach(async () => test.close());

const day = (i: number): string => new Date(START_MS + i * DAY_MS).toISOString().slice(0, 10);

/** A charge a day, of 60 % of 95 Ah. */
const session = (i: number) => ({
  vin: "OLD1",
  started_at: new Date(START_MS + i * DAY_MS).toISOString(),
  ended_at: new Date(START_MS + i * DAY_MS + 7_200_000).toISOString(),
  soc_start_pct: 20,
  soc_end_pct: 81,
  tick_soc_pct: 60,
  tick_charge_ah: 57,
  tick_socs: [20, 80],
  tick_ahs: [0, 57],
  tick_pack_v: [0, 0],
  charge_ah: 58,
  energy_kwh: 20,
  max_gap_s: 30,
  samples: 240,
  current_mean_a: 29,
  temp_mean_c: 25,
  is_dc: false,
  computed_at: new Date(START_MS).toISOString(),
});

/** What the first version of the method had said. */
const oldHealth = (i: number, soh: number) => ({
  vin: "OLD1",
  at: day(i),
  method: "battery-capacity",
  method_version: 1,
  verdict: "ok",
  capacity_ah: soh,
  low_ah: soh - 3,
  high_ah: soh + 3,
  soh_pct: soh,
  soh_low_pct: soh - 3,
  soh_high_pct: soh + 3,
  reference_ah: 100,
  sessions: 7,
  accuracy_class: "C",
  reason: "full evidence; reference: nominal capacity",
  cause: "",
  window_ah: null,
  previous_soh_pct: null,
  previous_version: 0,
  computed_at: new Date(START_MS + i * DAY_MS).toISOString(),
});

/** What the model had taught in one week: a display that shows two thousandths too much everywhere. */
const keptModels = (week: string) => {
  const percents = Array.from({ length: 101 }, (_, i) => i);
  const socMap = { shares: percents.map((pct) => 0.00998 * pct), sds: percents.map(() => 0.002), vehicles: 15, charges: 30 };
  const learnt = JSON.stringify({ socMap, voltages: null, peak: null, conditions: null });
  const row = { week, vehicles: 15, charges: 30, computed_at: new Date(START_MS).toISOString() };
  return [
    { ...row, model: "m", learnt },
    { ...row, model: "", learnt: "" },
  ];
};

it("computes a vehicle's past weeks again when the method's version changes, and shows what it had said before", async () => {
  await test.store.insertRows(
    "charging_sessions",
    Array.from({ length: 35 }, (_, i) => session(i)),
    { token: "s" },
  );
  await test.store.insertRows("health", [oldHealth(13, 88), oldHealth(20, 101), oldHealth(27, 92)], { token: "h" });
  const master = { vin: "OLD1", model: "m", chemistry: "ncm", nominal_ah: 100, cells: null, built_on: null, region: "", revision: 1 };
  await test.store.insertRows("vehicles", [{ ...master, warranty_soh_pct: 75, warranty_until: null }], { token: "v" });
  await test.store.insertRows("charge_models", keptModels("2026-03-23"), { token: "c" });
  const { health: _health, healthVersion: _version, ...before } = { ...newVehicleState(), lastHealthDay: day(27), lastClosedDay: day(27) };
  await test.store.insertRows("engine_state", [{ scope: "vehicle", key: "OLD1", value: JSON.stringify(before), revision: 1 }], {
    token: "e",
  });
  await createSeeder(test.store).land([{ vin: "OLD1", atMs: START_MS + 34 * DAY_MS + 3_600_000, speed_kmh: 0 }]);
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const deps = { store: test.store, config, logger: createLogger({ service: "test", level: "silent" }), metrics: createMetrics() };
  const analytics = createAnalytics({ ...deps, sink: { send: async () => {} }, now: () => START_MS + 35 * DAY_MS });
  await analytics.tick({ final: true });

  const rows = await test.store.query(
    "SELECT at, method_version, window_ah, soh_pct, previous_soh_pct, previous_version, cause FROM health FINAL WHERE vin = 'OLD1' AND at <= {last:Date} ORDER BY at",
    z.object({
      at: z.string(),
      method_version: z.number(),
      window_ah: z.number(),
      soh_pct: z.number(),
      previous_soh_pct: z.number(),
      previous_version: z.number(),
      cause: z.string(),
    }),
    { params: { last: day(27) } },
  );
  expect(rows.map(({ previous_soh_pct }) => previous_soh_pct)).toEqual([88, 101, 92]);
  expect(rows.map(({ method_version, previous_version }) => [method_version, previous_version])).toEqual([
    [HEALTH_VERSION, 1],
    [HEALTH_VERSION, 1],
    [HEALTH_VERSION, 1],
  ]);
  for (const { soh_pct } of rows) expect(Math.abs(soh_pct - 95)).toBeLessThan(0.6);
  expect(rows.map(({ cause }) => cause)).toEqual(["first_value", "", ""]);

  // Each week is read on what its model had taught by then, not on what is known now.
  expect(rows.map(({ window_ah }) => Math.round(100 * window_ah) / 100)).toEqual([95, 95, 95.19]);

  const [week] = await test.store.query(
    "SELECT soh_pct, cause FROM health FINAL WHERE vin = 'OLD1' AND at = {day:Date}",
    z.object({ soh_pct: z.number(), cause: z.literal("") }),
    { params: { day: day(34) } },
  );
  expect(Math.abs((week?.soh_pct ?? 0) - 95)).toBeLessThan(0.6);
  const forecasts = await test.store.query(
    "SELECT at, is_provisional, limit_pct, earliest_months, length(soh_pct) AS horizons FROM forecasts FINAL WHERE vin = 'OLD1'",
    z.object({
      at: z.string(),
      is_provisional: z.boolean(),
      limit_pct: z.array(z.number()),
      earliest_months: z.array(z.number().nullable()),
      horizons: z.number(),
    }),
  );
  expect(forecasts).toMatchObject([{ at: day(34), is_provisional: true, limit_pct: [80, 70, 75], horizons: 11 }]);
  expect(forecasts[0]?.earliest_months[0]).toBeGreaterThan(18);
});
