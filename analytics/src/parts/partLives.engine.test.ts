import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { createRandom } from "@bellwether/simulator/random";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { addDays } from "../engine/days.ts";
import { writePartLives } from "./partLives.ts";

const WEEK = "2026-06-29";
const BUILT = "2023-01-02";
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test.close());

const rowSchema = z.object({
  model: z.string(),
  component: z.string(),
  vehicles: z.number(),
  failures: z.number(),
  shape: z.number().nullable(),
  b10_months: z.number().nullable(),
  b10_km: z.number().nullable(),
  growth_trend: z.string(),
  quantity_low: z.number().nullable(),
  quantity: z.number().nullable(),
  quantity_high: z.number().nullable(),
});

it("learns from repairs and vehicles not repaired how long a part lasts, by age and distance", async () => {
  const { store } = test;
  const { unit } = createRandom(4);
  const vehicles: object[] = [];
  const used: object[] = [];
  const labels: object[] = [];
  for (let i = 0; i < 300; i++) {
    const vin = `LIFE${i}`;
    vehicles.push({
      vin,
      model: i < 280 ? "Heron" : "Wren",
      chemistry: "NCM",
      nominal_ah: 100,
      cells: 96,
      built_on: BUILT,
      region: "",
      revision: 1,
    });
    const lifeDays = Math.round(1800 * (-Math.log(1 - unit())) ** (1 / 3));
    const lastDay = 1000 + (i % 200);
    for (const day of [30, Math.min(lifeDays, lastDay), lastDay]) {
      used.push({
        vin,
        day: addDays(BUILT, day),
        family: "usage",
        samples: 1,
        features: { odometerKm: 40 * day },
        computed_at: "2026-07-01T00:00:00.000Z",
      });
    }
    if (lifeDays > lastDay || lifeDays < 60) continue;
    const at = `${addDays(BUILT, lifeDays)}T12:00:00.000Z`;
    labels.push({ id: vin, vin, component: "brake", outcome: "confirmed", given_by: "dealer", at, note: "", revision: 1 });
  }
  await store.insertRows("vehicles", vehicles, { token: "v" });
  await store.insertRows("daily_features", used, { token: "f" });
  expect(await writePartLives({ store, leadWeeks: 6, nowMs: 0 }, WEEK)).toBe(0);
  await store.insertRows("labels", labels, { token: "l" });
  expect(await writePartLives({ store, leadWeeks: 6, nowMs: 0 }, WEEK)).toBeGreaterThan(0);
  const [heron] = await store.query("SELECT * EXCEPT (week, computed_at) FROM part_lives FINAL WHERE model = 'Heron'", rowSchema);
  expect(heron).toMatchObject({ component: "brake", vehicles: 280 });
  expect(heron?.failures).toBeGreaterThan(30);
  expect(heron?.shape).toBeGreaterThan(2);
  expect(heron?.shape).toBeLessThan(4.5);
  // 40 km a day: months and kilometres tell the same life.
  expect((heron?.b10_km ?? 0) / (heron?.b10_months ?? 1) / 40).toBeCloseTo(365.25 / 12, 0);
  expect(heron?.quantity_high).toBeGreaterThan(heron?.quantity ?? Number.POSITIVE_INFINITY);
  expect(await writePartLives({ store, leadWeeks: 6, nowMs: 0 }, addDays(BUILT, 0))).toBe(0);
});
