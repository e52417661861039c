import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isVisible } from "../../engine/landed.ts";
import { createChargePlaces } from "../../fleet/chargePlaces.ts";
import { createSeeder, type SeedRow } from "../../testing/seed.ts";
import { computeFeatures } from "../computeFeatures.ts";
import { createSeriesCache } from "../series.ts";

const START_MS = Date.parse("2026-03-02T00:00:00Z");
const MINUTE = 60_000;
const rowFilter = isVisible([{ topic: TOPICS.frames, partition: 0, nextOffset: 1_000_000 }]);
let test: TestStore;
let land: (rows: readonly SeedRow[]) => Promise<void>;

beforeAll(async () => {
  test = await openTestStore();
  land = createSeeder(test.store).land;
});
afterAll(() => test.close());

async function dayOf(vin: string, family: string) {
  const days = [{ vin, day: "2026-03-02" }];
  await computeFeatures({ store: test.store, offsetMinutes: 0, rowFilter, nowMs: START_MS }, days);
  const cache = createSeriesCache(test.store);
  await cache.refresh(days, START_MS);
  return cache.of(vin).daily[family]?.[0]?.values;
}

const charging = (vin: string, minute: number, over: object): SeedRow => ({
  ...{ vin, atMs: START_MS + minute * MINUTE, charge_state: "parked_charging", pack_voltage_v: 350, pack_current_a: -18, soc_pct: 50 },
  ...{ speed_kmh: 0, odometer_km: 1000, latitude_deg: 31, longitude_deg: 121, ...over },
});

it("tell how much of the socket's power reaches the pack, in mild weather and below the taper only", async () => {
  const rows = (from: number, over: object) => Array.from({ length: 10 }, (_, i) => charging("OBC1", from + i, over));
  await land([
    ...rows(0, { charge_power_kw: 7, ambient_temp_c: 15 }),
    ...rows(20, { charge_power_kw: 9, ambient_temp_c: -5 }),
    ...rows(40, { charge_power_kw: 9, ambient_temp_c: 15, soc_pct: 97 }),
    ...rows(60, { charge_power_kw: 3.5, pack_current_a: -8, ambient_temp_c: null }),
  ]);
  const values = await dayOf("OBC1", "charger");
  expect(values?.["efficiencyStrongPct"]).toBeCloseTo(90, 3);
  expect(values?.["efficiencyWeakPct"]).toBeCloseTo(80, 3);
});

it("tell the rail of the driving car by weather, without the minutes in which the battery takes much", async () => {
  const driving = (minute: number, over: object): SeedRow => ({
    ...{ vin: "DCDC1", atMs: START_MS + minute * MINUTE, speed_kmh: 50, dcdc_state: "working", aux_voltage_v: 14.2, aux_current_a: -3 },
    ...{ ambient_temp_c: 2, ...over },
  });
  const rows = (from: number, count: number, over: object) => Array.from({ length: count }, (_, i) => driving(from + i, over));
  await land([
    ...rows(0, 12, {}),
    ...rows(20, 12, { aux_voltage_v: 13.1, aux_current_a: -30 }),
    ...rows(40, 12, { aux_voltage_v: 12.1, dcdc_state: "disconnected" }),
    ...rows(60, 12, { aux_voltage_v: 13.9, ambient_temp_c: 25 }),
    ...rows(80, 5, { aux_voltage_v: 13.5, ambient_temp_c: 12 }),
  ]);
  const values = await dayOf("DCDC1", "converter");
  expect(values?.["railColdV"]).toBeCloseTo(14.2, 3);
  expect(values?.["railWarmV"]).toBeCloseTo(13.9, 3);
  expect(values?.["drawnA"]).toBe(-3);
  expect(Object.keys(values ?? {}).sort()).toEqual(["drawnA", "railColdV", "railWarmV"]);
});

it("count charges, and as stopped only those that somebody began again in the same place", async () => {
  const stretch = (from: number, minutes: number, over: object) =>
    Array.from({ length: minutes }, (_, i) => charging("STOP1", from + i, over));
  const idle = { charge_state: "not_charging", pack_current_a: 0 };
  const fast = { pack_current_a: -200 };
  await land([
    // Stops twice, at 40 and 45 %, and is begun again.
    ...stretch(0, 10, { ...fast, soc_pct: 40 }),
    ...stretch(10, 4, { ...idle, soc_pct: 40 }),
    ...stretch(14, 10, { ...fast, soc_pct: 45, odometer_km: 1000.1 }),
    ...stretch(24, 4, { ...idle, soc_pct: 45 }),
    ...stretch(28, 10, { ...fast, soc_pct: 80 }),
    ...stretch(38, 4, idle),
    // A silence is not a stop; a full pack tops up by itself; elsewhere and hours later are other charges.
    ...stretch(300, 10, { soc_pct: 60 }),
    ...stretch(320, 10, { soc_pct: 98 }),
    ...stretch(330, 5, { ...idle, soc_pct: 99 }),
    ...stretch(335, 5, { soc_pct: 99 }),
    ...stretch(360, 4, { ...idle, speed_kmh: 40, odometer_km: 1010 }),
    ...stretch(370, 10, { soc_pct: 70, odometer_km: 1012, latitude_deg: 31.1 }),
  ]);
  const values = await dayOf("STOP1", "chargeStops");
  expect(values).toMatchObject({ dcCharges: 1, dcStopped: 1, stops: 2, acCharges: 3, acStopped: 0, place: 31_000 * 1_000_000 + 121_000 });
});

it("learn once a week how charging goes at places where several cars charge", async () => {
  const rows = Array.from({ length: 24 }, (_, car) =>
    Array.from({ length: 10 }, (_, i) => ({
      ...{ vin: `FLEET${car}`, day: `2026-02-${String(10 + i).padStart(2, "0")}`, family: "chargeStops", samples: 9 },
      features: { acCharges: 1, acStopped: car === 3 && i % 3 === 0 ? 1 : 0, dcCharges: 0, dcStopped: 0, place: car < 12 ? 5 : 100 + car },
      computed_at: new Date(START_MS).toISOString(),
    })),
  ).flat();
  await test.store.insertRows("daily_features", rows, { token: "places" });
  const learnt = await createChargePlaces(test.store).on("2026-03-04", START_MS);
  expect(learnt?.fleet).toMatchObject({ acStopped: 0 });
  expect(learnt?.places.get(5)).toEqual({ vehicles: 12, acCharges: 120, acStopped: 4, dcCharges: 0, dcStopped: 0 });
  expect(learnt?.places.has(103)).toBe(false);
  expect(learnt?.rho).toBe(0.01);
  await expect(createChargePlaces(test.store).on("2026-03-05", START_MS + 1)).resolves.toEqual(learnt);
  // A week with too few cars stays one, whatever lands later.
  await expect(createChargePlaces(test.store).on("2026-02-11", START_MS)).resolves.toBeNull();
  await test.store.insertRows(
    "daily_features",
    rows.map((row) => ({ ...row, day: "2026-02-03" })),
    { token: "late" },
  );
  await expect(createChargePlaces(test.store).on("2026-02-11", START_MS)).resolves.toBeNull();
});

it("compare odometer and position on fast straight stretches only", async () => {
  const drive = (from: number, count: number, over: (i: number) => object) =>
    Array.from({ length: count }, (_, i) => ({
      ...{ vin: "ROLL1", atMs: START_MS + (from + i) * 30_000, speed_kmh: 100, longitude_deg: 121, tyre_pressure_fl_kpa: 260 },
      ...{ tyre_pressure_fr_kpa: 260, tyre_pressure_rl_kpa: 260, tyre_pressure_rr_kpa: 260, ...over(i) },
    }));
  // A degree of latitude at 31 degrees is 110.87 km; the wheels count 1 % more.
  const km = 100 / 120;
  await land([
    ...drive(0, 61, (i) => ({ latitude_deg: 31 + (i * km) / 110.87, odometer_km: 5000 + 1.01 * km * i })),
    ...drive(100, 30, (i) => ({ speed_kmh: 50, latitude_deg: 32, odometer_km: 5060 + i })),
    // Round and round: the wheels count, the chords are short.
    ...drive(200, 60, (i) => ({
      latitude_deg: 33 + 0.01 * Math.sin(i),
      longitude_deg: 121 + 0.01 * Math.cos(i),
      odometer_km: 5200 + 2 * i,
    })),
  ]);
  const values = await dayOf("ROLL1", "rolling");
  expect(values?.["gpsKm"]).toBeCloseTo(50, 1);
  expect((values?.["odoKm"] ?? 0) / (values?.["gpsKm"] ?? 1)).toBeCloseTo(1.01, 3);
  expect(values).toMatchObject({ stretches: 1, tyreKpa: 260 });
});
