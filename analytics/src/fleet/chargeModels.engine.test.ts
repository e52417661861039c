import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { createRandom } from "@bellwether/simulator/random";
import { afterAll, beforeAll, expect, it } from "vitest";
import { displayed, wideCharges } from "../testing/chargeFleet.ts";
import { restingDays } from "../testing/restFleet.ts";
import { createChargeModels } from "./chargeModels.ts";

const NOW_MS = Date.parse("2026-06-10T00:00:00Z");
const DAY_MS = 86_400_000;
let test: TestStore;

beforeAll(async () => {
  test = await openTestStore();
  const charges = wideCharges(16, 3, 5);
  const vins = [...new Set(charges.map(({ vin }) => vin))];
  const known = { chemistry: "NCM", nominal_ah: 150, cells: 96, built_on: "2024-01-01", region: "east", revision: 1 };
  await test.store.insertRows(
    "vehicles",
    vins.map((vin, i) => ({ vin, model: i < 15 ? "E6" : "S", ...known })),
    { token: "masters" },
  );
  await test.store.insertRows(
    "charging_sessions",
    charges.map((charge, i) => sessionOf(charge, NOW_MS - (60 - i) * DAY_MS)),
    { token: "sessions" },
  );
  const random = createRandom(6);
  const rests = vins.flatMap((vin) =>
    restingDays({ capacityAh: 150, firstDay: "2026-05-10", days: 20, random }).map(({ day, samples, values }) => ({
      ...{ vin, day, family: "rests", samples, features: values, computed_at: new Date(NOW_MS).toISOString() },
    })),
  );
  await test.store.insertRows("daily_features", rests, { token: "rests" });
});
afterAll(async () => test.close());

function sessionOf({ vin, curve, currentA }: ReturnType<typeof wideCharges>[number], startedMs: number) {
  const swing = (curve.socPct.at(-1) ?? 0) - (curve.socPct[0] ?? 0);
  return {
    vin,
    started_at: new Date(startedMs).toISOString(),
    ended_at: new Date(startedMs + 5 * 3_600_000).toISOString(),
    soc_start_pct: curve.socPct[0],
    soc_end_pct: curve.socPct.at(-1),
    tick_soc_pct: swing,
    tick_charge_ah: (curve.chargeAh.at(-1) ?? 0) - (curve.chargeAh[0] ?? 0),
    tick_socs: curve.socPct,
    tick_ahs: curve.chargeAh,
    tick_pack_v: curve.packV,
    charge_ah: curve.chargeAh.at(-1),
    energy_kwh: 50,
    max_gap_s: 30,
    samples: 400,
    current_mean_a: currentA,
    temp_mean_c: 25,
    is_dc: false,
    computed_at: new Date(startedMs).toISOString(),
  };
}

it("learns a model of 15 vehicles from the charges before the week, and none of one vehicle", async () => {
  const models = await createChargeModels(test.store).on("2026-06-10", 16, NOW_MS);
  expect([...models.keys()]).toEqual(["E6"]);
  const shares = models.get("E6")?.socMap?.shares ?? [];
  expect(Math.abs((shares[Math.round(100 * displayed(0.25))] ?? 0) - 0.25)).toBeLessThan(0.025);
  expect(models.get("E6")?.voltages?.vehicles).toBe(15);
  expect(models.get("E6")?.rests?.vehicles).toBe(15);
});

it("says the same for the rest of the week whatever lands later, also after a restart", async () => {
  const before = await createChargeModels(test.store).on("2026-06-10", 16, NOW_MS);
  await test.store.insertRows("charging_sessions", [sessionOf(wideCharges(1, 1, 9)[0] ?? never(), NOW_MS - 3 * DAY_MS)], { token: "late" });
  expect(await createChargeModels(test.store).on("2026-06-14", 16, NOW_MS + DAY_MS)).toEqual(before);
});

it("learns nothing in a fleet too small, without asking the store", async () => {
  expect((await createChargeModels(test.store).on("2026-07-10", 14, NOW_MS)).size).toBe(0);
});

function never(): never {
  throw new Error("no charge");
}
