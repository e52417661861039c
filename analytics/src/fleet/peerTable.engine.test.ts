import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PEERS_MIN } from "./peers.ts";
import { createPeerTable } from "./peerTable.ts";

const NOW_MS = Date.parse("2026-03-10T00:00:00Z");
let test: TestStore;

beforeEach(async () => {
  test = await openTestStore();
});
afterEach(() => test.close());

/** `count` vehicles of a model; vehicle i drives i km a day, and once 1,000 km. */
async function addVehicles(model: string, chemistry: string, count: number): Promise<void> {
  const vins = Array.from({ length: count }, (_, i) => ({ vin: `${model}${i}`, km: i }));
  const masters = vins.map(({ vin }) => ({
    vin,
    model,
    chemistry,
    nominal_ah: null,
    cells: null,
    built_on: null,
    region: "",
    revision: 1,
  }));
  await test.store.insertRows("vehicles", masters, { token: `v${model}` });
  const days = ["2026-03-02", "2026-03-05", "2026-03-06", "2026-03-08", "2026-03-09"];
  const rows = vins.flatMap(({ vin, km }) =>
    days.map((day) => ({
      vin,
      day,
      family: "usage",
      samples: 1,
      features: { distanceKm: day === "2026-03-06" ? 1000 : km },
      computed_at: new Date(NOW_MS).toISOString(),
    })),
  );
  await test.store.insertRows("daily_features", rows, { token: `d${model}` });
}

const master = (model: string, chemistry: string) => ({ model, chemistry, nominalAh: null });

describe("the table of peers", () => {
  it("backs off from the model to the chemistry to the fleet", async () => {
    await addVehicles("big", "NCM", 41);
    await addVehicles("small", "NCM", 5);
    await addVehicles("lonely", "LFP", 5);
    const day = await createPeerTable(test.store).on("2026-03-09", 51, NOW_MS);
    expect(day.peersOf(master("big", "NCM")).of("usage", "distanceKm")).toMatchObject({ kind: "model", vehicles: 41, median: 20, mad: 10 });
    expect(day.peersOf(master("small", "NCM")).of("usage", "distanceKm")).toMatchObject({ kind: "chemistry", name: "NCM", vehicles: 46 });
    expect(day.peersOf(master("lonely", "LFP")).of("usage", "distanceKm")).toMatchObject({ kind: "fleet", vehicles: 51 });
    expect(day.peersOf(null).of("usage", "distanceKm")?.kind).toBe("fleet");
    expect(day.peersOf(null).of("usage", "chargingH")).toBeNull();
    expect(day.peersOf(master("big", "NCM")).of("usage", "distanceKm")?.quantiles.slice(0, 3)).toEqual([0, 2, 4]);
  });

  it("keeps a day as it was first computed, also after a restart", async () => {
    await addVehicles("big", "NCM", PEERS_MIN);
    const before = (await createPeerTable(test.store).on("2026-03-09", PEERS_MIN, NOW_MS)).peersOf(null).of("usage", "distanceKm");
    await addVehicles("late", "NCM", 30);
    const after = (await createPeerTable(test.store).on("2026-03-09", 50, NOW_MS + 1)).peersOf(null).of("usage", "distanceKm");
    expect(after).toEqual(before);
    expect(after?.vehicles).toBe(PEERS_MIN);
  });

  it("says nothing in a small fleet", async () => {
    await addVehicles("big", "NCM", PEERS_MIN - 1);
    const day = await createPeerTable(test.store).on("2026-03-09", PEERS_MIN - 1, NOW_MS);
    expect(day.peersOf(null).of("usage", "distanceKm")).toBeNull();
  });
});
