import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isVisible } from "../engine/landed.ts";
import { createSeeder, type SeedRow } from "../testing/seed.ts";
import { computeFeatures } from "./computeFeatures.ts";
import { type CellRow, createCellRollUp } from "./rollUpCellDays.ts";
import { createSeriesCache } from "./series.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const MINUTE = 60_000;
const rowFilter = isVisible([{ topic: TOPICS.frames, partition: 0, nextOffset: 1_000_000 }]);
let test: TestStore;
let land: (rows: readonly SeedRow[]) => Promise<void>;

beforeAll(async () => {
  test = await openTestStore();
  land = createSeeder(test.store).land;
});
afterAll(() => test.close());

async function featuresOf(vin: string, day: string) {
  const days = [{ vin, day }];
  const { gate } = await computeFeatures({ store: test.store, offsetMinutes: 0, rowFilter, nowMs: START_MS }, days);
  const cache = createSeriesCache(test.store);
  await cache.refresh(days, START_MS);
  return { gate, ...cache.of(vin) };
}

describe("the daily cell roll-up", () => {
  it("gives the same numbers as the definition in memory", async () => {
    const rollUp = createCellRollUp();
    const rows = Array.from({ length: 300 }, (_, i) => wildRow(i));
    await land(rows.map(({ row, atMs }) => ({ ...seedOf(row), vin: "CELLS1", atMs })));
    for (const { row } of rows) rollUp.add(row);
    const expected = rollUp.days();
    expect(expected.flatMap((day) => day.stuck.indexOf(true))).toEqual([20, 20, 20]);
    const { cellDays } = await featuresOf("CELLS1", "2026-03-01");
    expect(cellDays.map((day) => [day.load, day.samples, day.cells])).toEqual(expected.map((day) => [day.load, day.samples, day.cells]));
    cellDays.forEach((day, d) => {
      const twin = expected[d];
      if (twin === undefined) throw new Error("a day too many");
      expect(day.usable).toEqual(twin.usable);
      expect(day.lowest).toEqual(twin.lowest);
      expect(day.stuck).toEqual(twin.stuck);
      expectClose(day.deviationMeanMv, twin.deviationMeanMv, 0.01);
      expectClose(day.deviationSdMv, twin.deviationSdMv, 0.01);
      expect(day.currentMeanA).toBeCloseTo(twin.currentMeanA ?? 0, 3);
      const complete = twin.usable.map((n) => n === twin.samples);
      const ofComplete = (values: readonly (number | null)[]) => values.filter((_, i) => complete[i]);
      expectClose(ofComplete(day.deviationMinMv), ofComplete(twin.deviationMinMv), 0.01);
      expectClose(ofComplete(day.excessResistanceMohm), ofComplete(twin.excessResistanceMohm), 0.01);
    });
  });

  it("withholds a day whose cells do not add up to the pack voltage, and says so", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({
      vin: "GATE1",
      atMs: START_MS + i * MINUTE,
      pack_current_a: 1,
      pack_voltage_v: 400,
      cell_voltages_v: Array.from({ length: 20 }, () => 3.7),
    }));
    await land(rows);
    const { gate, cellDays } = await featuresOf("GATE1", "2026-03-01");
    expect(gate).toEqual([
      { vin: "GATE1", day: "2026-03-01", samples: 40, lastMs: START_MS + 39 * MINUTE, reason: "pack_voltage_disagrees" },
    ]);
    expect(cellDays).toEqual([]);
  });
});

describe("charging sessions", () => {
  it("are cut at the steps of the state of charge", async () => {
    // 60 A for 100 minutes, one row a minute: 1 Ah per row. SOC shows 30, then +1 every 2 rows from row 5 on.
    const rows = Array.from({ length: 101 }, (_, i) => ({
      vin: "CHARGE1",
      atMs: START_MS + 6 * 60 * MINUTE + i * MINUTE,
      charge_state: "parked_charging",
      pack_current_a: -60,
      pack_voltage_v: 350,
      soc_pct: 30 + Math.max(0, Math.ceil((i - 4) / 2)),
      probe_temp_max_c: 26,
      probe_temp_min_c: 24,
    }));
    await land(rows);
    const { sessions } = await featuresOf("CHARGE1", "2026-03-01");
    // First increment at row 5 (31 %), last at row 99 (78 %): 47 % in 94 rows of 1 Ah.
    expect(sessions).toEqual([
      {
        startedMs: START_MS + 6 * 60 * MINUTE,
        endedMs: START_MS + 6 * 60 * MINUTE + 100 * MINUTE,
        tickSocPct: 47,
        tickChargeAh: expect.closeTo(94, 6),
        maxGapS: 60,
        samples: 101,
        tempMeanC: 25,
        isDc: false,
        tickFromPct: 31,
        currentMeanA: 60,
        meanV: expect.closeTo(350, 3),
        curve: {
          socPct: Array.from({ length: 48 }, (_, i) => 31 + i),
          chargeAh: Array.from({ length: 48 }, (_, i) => expect.closeTo(2 * i, 4)),
          packV: Array.from({ length: 48 }, () => 350),
        },
      },
    ]);
  });

  it("are whole over midnight and two when the pause is longer than ten minutes", async () => {
    const charge = (from: number, minutes: number) =>
      Array.from({ length: minutes }, (_, i) => ({
        vin: "CHARGE2",
        atMs: START_MS + (from + i) * MINUTE,
        charge_state: "parked_charging",
        pack_current_a: -60,
        pack_voltage_v: 350,
        soc_pct: 20 + Math.floor(((from + i) % 1440) / 10),
      }));
    await land([...charge(10, 30), ...charge(55, 30), ...charge(23 * 60, 120)]);
    const first = await featuresOf("CHARGE2", "2026-03-01");
    expect(first.sessions.map((session) => session.samples)).toEqual([30, 30]);
    const second = await featuresOf("CHARGE2", "2026-03-02");
    expect(second.sessions.map((session) => session.samples)).toContain(60);
  });
});

function seedOf(row: CellRow): Record<string, unknown> {
  return {
    pack_current_a: row.currentA,
    speed_kmh: row.speedKmh,
    charge_state: row.chargeState,
    soc_pct: row.socPct,
    cell_voltages_v: row.cellVoltagesV,
  };
}

/** Rows of every kind: drive, rest, charge, missing cells, torn frames, another cell count, no current. */
function wildRow(i: number): { readonly row: CellRow; readonly atMs: number } {
  const noise = (c: number) => ((c * 31 + i * 17) % 23) / 1000;
  const cells = Array.from({ length: i % 50 === 7 ? 11 : 24 }, (_, c) => {
    if (i % 10 === 3 && c === 5) return null;
    if (i % 40 === 9) return c % 2 === 0 ? 4.9 : 3.8;
    return c === 20 ? 3.75 : 3.8 + noise(c) + i / 1000 - (c === 9 ? 0.03 : 0);
  });
  const currentA = i % 60 === 11 ? null : i % 3 === 0 ? 40 + (i % 13) * 5 : i % 3 === 1 ? 0.5 : -35;
  const chargeState = i % 3 === 2 ? "parked_charging" : i % 2 === 0 ? "not_charging" : null;
  return {
    atMs: START_MS + i * MINUTE,
    row: { day: "2026-03-01", cellVoltagesV: cells, currentA, speedKmh: i % 3 === 0 ? 50 : 0, chargeState, socPct: 60 },
  };
}

function expectClose(got: readonly (number | null)[], wanted: readonly (number | null)[], within: number): void {
  expect(got.length).toBe(wanted.length);
  got.forEach((x, i) => {
    const y = wanted[i] ?? null;
    if (x === null || y === null) expect(x).toBe(y);
    else expect(Math.abs(x - y)).toBeLessThanOrEqual(within);
  });
}
