import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AXLE_SHARE } from "../detectors/brake/padEnergy.ts";
import { addDays } from "../engine/days.ts";
import { isVisible } from "../engine/landed.ts";
import { computeFeatures } from "../features/computeFeatures.ts";
import { createSeriesCache } from "../features/series.ts";
import { createSeeder } from "../testing/seed.ts";
import { createBrakeWear } from "./brakeWear.ts";

const START = "2026-01-05";
const START_MS = Date.parse(START);
const WEEK = "2026-06-01";
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const at = new Date(START_MS).toISOString();
const line = (vin: string, day: number, family: string, features: object) => ({
  ...{ vin, day: addDays(START, day), family, samples: 9, features, computed_at: at },
});

/** 100 km a day; 60 kJ a km into the friction brakes; wear of both axles in % per 1,000 km, or not measured. */
function carDays(vin: string, firstKm: number, wear: { front: number; rear: number } | null): object[] {
  return Array.from({ length: 140 }, (_, day) => {
    const km = firstKm + 100 * day;
    const pads = wear === null ? {} : { padFlPct: 20 + 0.1 * day * wear.front, padRlPct: 10 + 0.1 * day * wear.rear };
    const brake = { odometerKm: km, frictionKj: 6000, brakedKm: 100, brakedKj: 9000, regainedKj: 3000, ...pads };
    return [line(vin, day, "brake", brake), line(vin, day, "usage", { odometerKm: km })];
  }).flat();
}

it("learns wear per energy from pads that are measured and from repair orders, and knows when pads were changed", async () => {
  const vehicle = (vin: string, model: string) => ({
    ...{ vin, model, chemistry: "NCM", nominal_ah: 100, cells: 96, built_on: START, region: "", revision: 1 },
  });
  const sensed = Array.from({ length: 8 }, (_, i) => `SENSED${i}`);
  const cars = [
    ...sensed.map((vin) => vehicle(vin, "Heron")),
    vehicle("CHANGED", "Wren"),
    vehicle("OLD", "Wren"),
    vehicle("OTHER", "Heron"),
  ];
  await test.store.insertRows("vehicles", cars, { token: "cars" });
  const days = [
    ...sensed.flatMap((vin) => carDays(vin, 20_000, { front: 2, rear: 0.8 })),
    ...carDays("CHANGED", 1_000, null),
    ...carDays("OLD", 90_000, null),
    ...carDays("OTHER", 0, { front: 2, rear: 0.8 }),
  ];
  await test.store.insertRows("daily_features", days, { token: "days" });
  const label = (id: string, vin: string, day: number) => ({
    ...{ id, vin, component: "brake", outcome: "confirmed", alert_id: null, source_id: null, given_by: "workshop" },
    ...{ at: `${addDays(START, day)}T12:00:00.000Z`, note: "", revision: 1 },
  });
  await test.store.insertRows("labels", [label("1", "CHANGED", 100), label("2", "OLD", 50)], { token: "labels" });

  const wear = await createBrakeWear(test.store).on(addDays(WEEK, 2), START_MS);
  const heron = wear?.of("SENSED1", "Heron");
  // 2 % per 1,000 km on 60 MJ per 1,000 km times the axle's share, drawn a little towards the fleet's.
  expect(heron?.wear.front?.pctPerMj).toBeGreaterThan(0.9 * (2 / (60 * AXLE_SHARE.front)));
  expect(heron?.wear.front).toMatchObject({ of: "model", bySensor: 9, byRepair: 0 });
  expect(heron?.wear.rear?.pctPerMj).toBeCloseTo(0.8 / (60 * AXLE_SHARE.rear), 1);
  // 11,000 km from new to the change of one car; the other was not seen from new.
  expect(wear?.of("CHANGED", "Wren")).toMatchObject({ changedAtKm: 11_000, wear: { front: { of: "model", byRepair: 1 } } });
  expect(wear?.of("OLD", "Wren")).toMatchObject({ changedAtKm: 95_000, wear: { rear: { of: "fleet" } } });
  expect(wear?.of("X", "Unknown")).toMatchObject({ changedAtKm: null, wear: { front: { of: "fleet", bySensor: 9, byRepair: 1 } } });
  // A new process reads what was kept.
  await test.store.insertRows("labels", [label("3", "OLD", 60)], { token: "later" });
  expect((await createBrakeWear(test.store).on(WEEK, START_MS))?.of("OLD", "Wren").changedAtKm).toBe(95_000);
  const early = await createBrakeWear(test.store).on("2024-01-01", START_MS);
  expect(early?.of("SENSED1", "Heron")).toEqual({ wear: { front: null, rear: null }, changedAtKm: null });
});

it("takes from lost speed what drag and the motor took up, and by the pedal where the car does not say that it brakes", async () => {
  const rowFilter = isVisible([{ topic: TOPICS.frames, partition: 0, nextOffset: 1_000_000 }]);
  // 200 times from 72 to 36 km/h in 4 s, and up again: 0.285 MJ each; the motor puts 40 kW into the pack.
  const rows = Array.from({ length: 400 }, (_, i) => ({
    ...{ vin: "BRAKE1", atMs: START_MS + i * 4000, odometer_km: 1000, pack_voltage_v: 400 },
    ...(i % 2 === 0 ? { speed_kmh: 72, pack_current_a: 100, brake_pct: 0 } : { speed_kmh: 36, pack_current_a: -100, brake_pct: 30 }),
  }));
  await createSeeder(test.store).land(rows);
  const days = [{ vin: "BRAKE1", day: START }];
  await computeFeatures({ store: test.store, offsetMinutes: 0, rowFilter, nowMs: START_MS }, days);
  const cache = createSeriesCache(test.store);
  await cache.refresh(days, START_MS);
  const [values] = (cache.of("BRAKE1").daily["brake"] ?? []).map((day) => day.values);
  const [lostKj, dragKj, motorKj] = [(1900 / 2000) * (20 ** 2 - 10 ** 2), ((186 + 0.41 * 15 ** 2) * 15 * 4) / 1000, (40 * 4) / 0.85];
  expect(values?.["brakedKj"]).toBeCloseTo(200 * lostKj, -1);
  expect(values?.["regainedKj"]).toBeCloseTo(200 * 160, 0);
  expect(values?.["frictionKj"]).toBeCloseTo(200 * (lostKj - dragKj - motorKj), -1);
});
