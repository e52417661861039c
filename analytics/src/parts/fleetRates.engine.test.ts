import type { ColumnStore } from "@bellwether/clickhouse/store";
import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { loadRules } from "../catalogue.ts";
import { addDays } from "../engine/days.ts";
import { writeFleetRates } from "./fleetRates.ts";

const FIRST_MONDAY = "2025-01-06";
const WEEKS = 60;
const VEHICLES = 40;
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  await seedFleet(test.store);
});
afterAll(() => test.close());

/** Forty cars in two regions; code P0A93 begins on two cars a week, and on six a week in region south from week 50 on. */
async function seedFleet(store: ColumnStore): Promise<void> {
  const vins = Array.from({ length: VEHICLES }, (_, i) => `CAR${String(i).padStart(2, "0")}`);
  const region = (i: number) => (i % 2 === 0 ? "north" : "south");
  const master = vins.map((vin, i) => ({ vin, model: "M1", chemistry: "nmc", region: region(i), revision: 1 }));
  await store.insertRows("vehicles", master, { token: "vehicles" });
  const scores: object[] = [];
  const events: object[] = [];
  for (let week = 0; week < WEEKS; week++) {
    const day = addDays(FIRST_MONDAY, 7 * week + 2);
    for (const vin of vins) scores.push({ vin, day, reports: 10, computed_at: "2026-01-01T00:00:00.000Z" });
    for (let n = 0; n < 2; n++) events.push(codeAt(vins[(2 * ((week * 2 + n) % 20)) % VEHICLES] ?? "", day));
    for (let n = 0; n < (week < 50 ? 2 : 6); n++) events.push(codeAt(vins[2 * ((week * 6 + n) % 20) + 1] ?? "", day));
  }
  await store.insertRows("report_scores", scores, { token: "scores" });
  await store.insertRows("dtc_events", events, { token: "events" });
}

function codeAt(vin: string, day: string): object {
  return { vin, event_time: `${day}T08:00:00.000Z`, received_time: `${day}T08:00:01.000Z`, system: "obd", code: "P0A93" };
}

describe("fleet rates", () => {
  it("tell the region where a code becomes more frequent from the one where it does not", async () => {
    const { store } = test;
    const scope = { store, catalogue: await loadRules(), offsetMinutes: 0, leadWeeks: 6, nowMs: Date.parse("2026-03-01T00:00:00Z") };
    const week = addDays(FIRST_MONDAY, 7 * (WEEKS - 1));
    await expect(writeFleetRates(scope, week)).resolves.toEqual({ judged: 3, raised: 2 });
    const rows = await store.query(
      "SELECT region, events, vehicle_weeks, state, ratio, raised_since FROM fleet_rates FINAL ORDER BY region",
      z.object({
        region: z.string(),
        events: z.number(),
        vehicle_weeks: z.number(),
        state: z.string(),
        ratio: z.number().nullable(),
        raised_since: z.string().nullable(),
      }),
    );
    expect(rows.map(({ region, events, vehicle_weeks, state }) => [region, events, vehicle_weeks, state])).toEqual([
      ["", 8, 40, "raised"],
      ["north", 2, 20, "usual"],
      ["south", 6, 20, "raised"],
    ]);
    expect(rows[2]?.ratio).toBeGreaterThan(2);
    expect((rows[2]?.raised_since ?? "") >= addDays(FIRST_MONDAY, 7 * 50)).toBe(true);
  });

  it("name the part family behind a code and how many to stock, by the code table until repairs have said what follows it", async () => {
    const { store } = test;
    const scope = { store, catalogue: await loadRules(), offsetMinutes: 0, leadWeeks: 6, nowMs: Date.parse("2026-03-02T00:00:00Z") };
    const week = addDays(FIRST_MONDAY, 7 * (WEEKS - 1));
    const row = z.object({ parts: z.array(z.string()), low: z.number(), quantity: z.number(), high: z.number() });
    const stockSouth = async () => {
      await writeFleetRates(scope, week);
      const rows = await store.query(
        "SELECT parts, quantity_low AS low, quantity, quantity_high AS high FROM fleet_rates FINAL WHERE region = 'south' AND week = {week:Date}",
        row,
        { params: { week } },
      );
      return rows[0];
    };
    const assumed = await stockSouth();
    expect(assumed?.parts).toEqual(["drive"]);
    // Six a week over six weeks, half of which are taken to need the part.
    expect(assumed?.quantity).toBeGreaterThan(12);
    expect(assumed?.low).toBeLessThanOrEqual(assumed?.quantity ?? 0);
    expect(assumed?.high).toBeGreaterThan(assumed?.quantity ?? 0);
    const learnt = {
      ...{ week, codes: ["obd:P0A93"], component: "battery_thermal", horizon_days: 90, occurrences: 40, followed: 36, precision: 0.9 },
      ...{ low90: 0.8, high90: 0.95, lift: 9, lift_low: 6, lead_days: 12, computed_at: "2026-03-01T00:00:00.000Z" },
    };
    await store.insertRows("code_sets", [learnt], { token: "learnt-sets" });
    const later = await stockSouth();
    expect(later?.parts).toEqual(["battery_thermal"]);
    expect(later?.quantity).toBeGreaterThan(1.5 * (assumed?.quantity ?? 0));
  });

  it("see nothing younger than the week, and say so where the history is short", async () => {
    const { store } = test;
    const scope = { store, catalogue: await loadRules(), offsetMinutes: 0, leadWeeks: 6, nowMs: 0 };
    await expect(writeFleetRates(scope, addDays(FIRST_MONDAY, 7 * 45))).resolves.toEqual({ judged: 3, raised: 0 });
    await expect(writeFleetRates(scope, addDays(FIRST_MONDAY, 7 * 5))).resolves.toEqual({ judged: 3, raised: 0 });
  });
});
