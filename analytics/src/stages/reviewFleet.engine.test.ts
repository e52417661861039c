import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { createLogger } from "@bellwether/runtime/logger";
import { createMetrics } from "@bellwether/runtime/metrics";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { analyticsConfigSchema } from "../config.ts";
import { createAnalytics } from "../service.ts";
import { createSeeder } from "../testing/seed.ts";

/** A Monday. */
const START_MS = Date.parse("2026-03-02T00:00:00Z");
const DAY_MS = 86_400_000;
let test: TestStore;

beforeEach(async () => {
  test = await openTestStore();
});
afterEach(() => test.close());

it("says once a week which model sends psi for kPa and which vehicles stand out of theirs", async () => {
  const seeder = createSeeder(test.store);
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const logger = createLogger({ service: "test", level: "silent" });
  const sink = { send: async () => {} };
  const analytics = createAnalytics({ store: test.store, sink, config, logger, metrics: createMetrics(), now: () => START_MS });
  const cars = Array.from({ length: 25 }, (_, i) => `PSI${i}`);
  const masters = cars.map((vin) => ({
    vin,
    model: "Psi One",
    chemistry: "NCM",
    nominal_ah: null,
    cells: null,
    built_on: null,
    region: "",
    revision: 1,
  }));
  await test.store.insertRows("vehicles", masters, { token: "v" });
  const rest = {
    charge_state: "not_charging",
    pack_current_a: 1,
    cell_voltage_min_index: 1,
    cell_voltage_min_v: 3.7,
    tyre_pressure_fl_kpa: 35,
  };
  for (let day = 0; day < 9; day++) {
    const rows = cars.flatMap((vin, car) =>
      Array.from({ length: 6 }, (_, i) => {
        const spreadV = car === 24 ? 0.09 : 0.01 + (car % 5) * 0.001;
        return { vin, atMs: START_MS + day * DAY_MS + i * 60_000, ...rest, cell_voltage_max_v: 3.7 + spreadV };
      }),
    );
    await seeder.land(rows);
  }
  await analytics.tick({ final: true });
  await analytics.tick({ final: true });
  const found = await test.store.query(
    "SELECT kind, source_id, group_name, vins, sentence FROM fleet_findings FINAL ORDER BY kind",
    z.object({ kind: z.string(), source_id: z.string(), group_name: z.string(), vins: z.array(z.string()), sentence: z.string() }),
  );
  expect(found).toEqual([
    {
      kind: "peer-outliers",
      source_id: "restSpreadMv",
      group_name: "Psi One",
      vins: ["PSI24"],
      sentence: expect.stringContaining("1 of 25"),
    },
    { kind: "unit", source_id: "tyreMedianKpa", group_name: "Psi One", vins: [], sentence: expect.stringContaining("looks like psi") },
  ]);
});

it("says once per model that it counts miles for km or psi for kPa, and judges no tyre by such numbers", async () => {
  const seeder = createSeeder(test.store);
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const logger = createLogger({ service: "test", level: "silent" });
  const sink = { send: async () => {} };
  const analytics = createAnalytics({ store: test.store, sink, config, logger, metrics: createMetrics(), now: () => START_MS });
  const kmPerMile = 1.609344;
  const models = [
    { name: "Miles Two", kmPerMinute: 2 / kmPerMile, tyreKpa: 240 },
    { name: "Psi Three", kmPerMinute: 2, tyreKpa: 240 / 6.894757 },
    { name: "Right Four", kmPerMinute: 2, tyreKpa: 240 },
  ];
  const cars = models.flatMap((model) => Array.from({ length: 20 }, (_, i) => ({ vin: `${model.name.slice(0, 3)}${i}`, ...model })));
  const master = { chemistry: "NCM", nominal_ah: null, cells: null, built_on: null, region: "", revision: 1 };
  await test.store.insertRows(
    "vehicles",
    cars.map(({ vin, name: model }) => ({ vin, model, ...master })),
    { token: "v" },
  );
  // Three Mondays: the finding is written again, not told again.
  for (let day = 0; day < 15; day++) {
    const rows = cars.flatMap(({ vin, kmPerMinute, tyreKpa }) =>
      Array.from({ length: 12 }, (_, i) => ({
        ...{ vin, atMs: START_MS + day * DAY_MS + i * 60_000, speed_kmh: 120, odometer_km: 1000 + 50 * day + kmPerMinute * i },
        ...{ tyre_pressure_fl_kpa: tyreKpa, tyre_pressure_fr_kpa: tyreKpa, tyre_pressure_rl_kpa: tyreKpa, tyre_pressure_rr_kpa: tyreKpa },
      })),
    );
    await seeder.land(rows);
  }
  await analytics.tick({ final: true });
  await analytics.tick({ final: true });
  const found = await test.store.query(
    "SELECT source_id, group_name, sentence, count() OVER (PARTITION BY source_id, group_name) AS told FROM fleet_findings FINAL ORDER BY group_name",
    z.object({ source_id: z.string(), group_name: z.string(), sentence: z.string(), told: z.number() }),
  );
  expect(found).toEqual([
    { source_id: "odometerBySpeed", group_name: "Miles Two", sentence: expect.stringContaining("looks like odometer in miles"), told: 1 },
    { source_id: "tyreMedianKpa", group_name: "Psi Three", sentence: expect.stringContaining("looks like psi"), told: 1 },
  ]);
  const withheld = await test.store.query(
    "SELECT DISTINCT substring(vin, 1, 3) AS model, source_id FROM not_evaluated WHERE reason = 'implausible_unit' ORDER BY model, source_id",
    z.object({ model: z.string(), source_id: z.string() }),
  );
  expect(withheld).toContainEqual({ model: "Psi", source_id: "tyre-leak" });
});

it("names the charging place where everybody's charges stop", async () => {
  const seeder = createSeeder(test.store);
  const config = analyticsConfigSchema.parse({ analyticsDayOffsetMinutes: 0 });
  const logger = createLogger({ service: "test", level: "silent" });
  const sink = { send: async () => {} };
  const analytics = createAnalytics({ store: test.store, sink, config, logger, metrics: createMetrics(), now: () => START_MS });
  const places = [
    { latitude_deg: 31.23, longitude_deg: 121.474, isBad: true },
    { latitude_deg: 31.3, longitude_deg: 121.5, isBad: false },
    { latitude_deg: -33.868, longitude_deg: 151.209, isBad: false },
  ];
  const charging = { charge_state: "parked_charging", pack_voltage_v: 400, pack_current_a: -150 };
  for (let day = 0; day < 15; day++) {
    const rows = Array.from({ length: 24 }, (_, car) => {
      const { isBad, ...place } = places[car % 3] ?? { isBad: false };
      const stops = isBad && (car + day) % 3 === 0;
      const minutes = [...[0, 2].map((at) => ({ at, ...charging })), { at: 4, charge_state: "not_charging" }];
      const again = stops ? [6, 8].map((at) => ({ at, ...charging })) : [];
      const common = { vin: `CAR${car}`, soc_pct: 50, odometer_km: 100 * day, ...place };
      return [...minutes, ...again].map(({ at, ...row }) => ({ ...common, ...row, atMs: START_MS + day * DAY_MS + at * 60_000 }));
    });
    await seeder.land(rows.flat());
  }
  await analytics.tick({ final: true });
  await analytics.tick({ final: true });
  const found = await test.store.query(
    "SELECT kind, group_name, vehicles, group_size, vins, sentence, sentence_zh, evidence FROM fleet_findings FINAL",
    z.object({
      ...{ kind: z.string(), group_name: z.string(), vehicles: z.number(), group_size: z.number(), vins: z.array(z.string()) },
      ...{ sentence: z.string(), sentence_zh: z.string(), evidence: z.string() },
    }),
  );
  expect(found).toMatchObject([{ kind: "charging-station", group_name: "31.230, 121.474", vehicles: 8, group_size: 8 }]);
  const [{ vins, sentence, sentence_zh, evidence } = { vins: [], sentence: "", sentence_zh: "", evidence: "{}" }] = found;
  expect(vins).toContain("CAR0");
  expect(sentence).toMatch(/of 112 charges of 8 cars stopped in 60 days \(3\d %, 80 % interval .* the station, not the cars/);
  expect(sentence_zh).toContain("问题在充电桩");
  expect(JSON.parse(evidence)).toMatchObject({ charges: 112, days: 60, latitude: "31.230", longitude: "121.474" });
});
