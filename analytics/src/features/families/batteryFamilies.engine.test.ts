import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isVisible } from "../../engine/landed.ts";
import { createSeeder, type SeedRow } from "../../testing/seed.ts";
import { computeFeatures } from "../computeFeatures.ts";
import { createSeriesCache } from "../series.ts";

const START_MS = Date.parse("2026-03-01T00:00:00Z");
const S = 1000;
const DAY = "2026-03-01";
const rowFilter = isVisible([{ topic: TOPICS.frames, partition: 0, nextOffset: 1_000_000 }]);
let test: TestStore;
let land: (rows: readonly SeedRow[]) => Promise<void>;

beforeAll(async () => {
  test = await openTestStore();
  land = createSeeder(test.store).land;
});
afterAll(() => test.close());

async function valuesOf(vin: string, family: string) {
  const days = [{ vin, day: DAY }];
  await computeFeatures({ store: test.store, offsetMinutes: 0, rowFilter, nowMs: START_MS }, days);
  const cache = createSeriesCache(test.store);
  await cache.refresh(days, START_MS);
  return cache.of(vin).daily[family]?.[0]?.values ?? {};
}

/** A drive of `n` reports at `everyS`; current jumps between 0 and 100 A, the pack has 80 mΩ at 25 °C. */
function drive(vin: string, n: number, everyS: number, of: (i: number) => object = () => ({})): SeedRow[] {
  return Array.from({ length: n }, (_, i) => {
    const a = i % 3 === 0 ? 0 : i % 3 === 1 ? 100 : 60;
    const base = {
      speed_kmh: 50,
      pack_current_a: a,
      pack_voltage_v: 360 - 0.08 * a,
      soc_pct: 60,
      probe_temp_max_c: 26,
      probe_temp_min_c: 24,
    };
    return { vin, atMs: START_MS + i * everyS * S, charge_state: "not_charging", vehicle_state: "started", ...base, ...of(i) };
  });
}

describe("load steps", () => {
  it("give the pack's resistance at 25 °C", async () => {
    await land(drive("STEP1", 90, 10));
    const values = await valuesOf("STEP1", "load-steps");
    expect(values["r25Mohm"]).toBeCloseTo(80, 3);
    expect(values["stepGapS"]).toBe(10);
    expect(values["stepCorrelation"]).toBeCloseTo(-1, 6);
    expect(values["steps"]).toBeGreaterThan(55);
  });

  it("normalise a cold pack and ignore pairs too far apart", async () => {
    await land(drive("STEP2", 90, 10, () => ({ probe_temp_max_c: 11, probe_temp_min_c: 9 })));
    expect((await valuesOf("STEP2", "load-steps"))["r25Mohm"]).toBeCloseTo(80 * Math.exp(-2500 * (1 / 283.15 - 1 / 298.15)), 3);
    await land(drive("STEP3", 60, 120));
    expect(await valuesOf("STEP3", "load-steps")).toMatchObject({ steps: 0 });
  });

  it("show voltage that comes one report after its current, and a current sensor off its zero", async () => {
    const late = (i: number) => ({ pack_voltage_v: 360 - 0.08 * (drive("X", i + 1, 1).at(i - 1)?.["pack_current_a"] === 100 ? 100 : 0) });
    await land(drive("LATE1", 90, 10, (i) => (i === 0 ? {} : late(i))));
    const values = await valuesOf("LATE1", "load-steps");
    expect(values["stepCorrelationLate"] ?? 0).toBeLessThan((values["stepCorrelation"] ?? 0) - 0.3);
    await land(drive("OFF1", 10, 10, () => ({ vehicle_state: "off", speed_kmh: 0, pack_current_a: 4.5 })));
    expect((await valuesOf("OFF1", "load-steps"))["parkedCurrentA"]).toBe(4.5);
  });
});

describe("rests", () => {
  /** Stands from midnight, drives from 8:00 for an hour at 72 A, charges from 21:00 on at 36 A until midnight. */
  const restingDay = (vin: string): SeedRow[] => {
    const at = (hour: number, i: number, everyS: number, over: object): SeedRow => ({
      ...{ vin, atMs: START_MS + hour * 3_600_000 + i * everyS * S, vehicle_state: "started", probe_temp_max_c: 11, probe_temp_min_c: 9 },
      ...over,
    });
    const drives = Array.from({ length: 61 }, (_, i) =>
      at(8, i, 60, {
        ...{ charge_state: "not_charging", speed_kmh: 50, pack_current_a: i === 0 ? 1 : 72, pack_voltage_v: i === 0 ? 370 : 360 },
        soc_pct: 80 - i * 0.8,
      }),
    );
    const charges = Array.from({ length: 36 }, (_, i) =>
      at(21, i, 300, { charge_state: "parked_charging", speed_kmh: 0, pack_current_a: -36, pack_voltage_v: 365, soc_pct: 32 + i * 2 }),
    );
    return [...drives, ...charges];
  };

  it("give the voltage the pack woke up with, and what was charged and driven on either side of it", async () => {
    await land(restingDay("REST1"));
    const values = await valuesOf("REST1", "rests");
    expect(values).toMatchObject({ restV: 370, restSocPct: 80, restTempC: 10, restH: 8, unseenSteps: 0, firstSocPct: 80, lastSocPct: 102 });
    expect(values).toMatchObject({ beforeRestAh: 0, beforeRestDrivenAh: 0 });
    // 71.4 Ah out, 3 h of 36 A in, up to midnight; the first step of the drive counts at the middle of 1 and 72 A.
    expect(values["drivenAh"]).toBeCloseTo((59 * 72 + 36.5) / 60, 6);
    expect(values["netAh"]).toBeCloseTo(3 * 36 - (59 * 72 + 36.5) / 60, 6);
  });

  it("say where charge flowed unseen, and take no voltage under load for a rested one", async () => {
    const rows = restingDay("REST2").filter((_, i) => i === 0 || i > 30);
    await land(rows.map((row) => ({ ...row, pack_current_a: 20 })));
    const values = await valuesOf("REST2", "rests");
    expect(values).toMatchObject({ unseenSteps: 1 });
    expect(values["restV"]).toBeUndefined();
  });
});

describe("insulation", () => {
  it("drops the first two minutes and says how often it reads the cap", async () => {
    await land(drive("INS1", 60, 10, (i) => ({ insulation_kohm: i < 12 ? 50 : i % 2 === 0 ? 5000 : 3600 })));
    expect(await valuesOf("INS1", "insulation")).toMatchObject({ maxKohm: 5000, atMaxShare: 0.5, p10Kohm: 3600, p10OhmPerV: 10_000 });
  });
});

describe("probes", () => {
  const probes = (i: number, warm: number) => [20, 20, 20 + (i % 3 === 0 ? 0 : warm), 20, 20].map((c) => c + Math.floor(i / 10));

  it("name the probe that warms under load", async () => {
    await land(drive("PRB1", 90, 10, (i) => ({ probe_temps_c: probes(i, 4) })));
    expect(await valuesOf("PRB1", "probes")).toMatchObject({ hotProbe: 3, hotProbeLoadC: 4, hotProbeIdleC: 0, packTempMaxC: 28 });
  });

  it("name probes that do not move or are broken", async () => {
    await land(drive("PRB2", 90, 10, (i) => ({ probe_temps_c: probes(i, 0).map((c, p) => (p === 3 ? 21 : p === 4 ? -40 : c)) })));
    expect(await valuesOf("PRB2", "probes")).toMatchObject({ stuckProbe: 4, brokenProbe: 5 });
  });
});

describe("extremes", () => {
  it("name the cell that is most often the lowest, by load", async () => {
    const low = (i: number) => ({ cell_voltage_min_index: i % 5 === 0 ? 9 : 41, cell_voltage_min_v: 3.7, cell_voltage_max_v: 3.72 });
    await land(drive("EXT1", 100, 10, (i) => ({ ...low(i), pack_current_a: i < 50 ? 1 : 40 })));
    const values = await valuesOf("EXT1", "extremes");
    expect(values).toMatchObject({ restRows: 50, restLowCell: 41, restLowShare: 0.8, loadLowCell: 41, hasCells: 0 });
    expect(values["restSpreadMv"]).toBeCloseTo(20, 2);
  });
});

describe("quality", () => {
  it("counts what was seen of the way and of the charge", async () => {
    const way = drive("QUA1", 121, 60, (i) => ({ odometer_km: 100 + i, speed_kmh: 60, soc_pct: 60 })).filter((_, i) => i < 31 || i > 60);
    const charge = Array.from({ length: 41 }, (_, i) => ({
      vin: "QUA1",
      atMs: START_MS + 300 * 60 * S + i * 60 * S,
      charge_state: "parked_charging",
      soc_pct: i < 20 ? 50 + i : 60 + i,
    }));
    await land([...way, ...charge]);
    const values = await valuesOf("QUA1", "quality");
    expect(values).toMatchObject({ intervalS: 60, distanceKm: 120, distanceSeenKm: 89 });
    expect(values["odometerBySpeed"]).toBeCloseTo(1, 2);
    expect(values["chargeSeenPct"]).toBe(50);
  });

  it("says nothing of a clock that is right", async () => {
    await land(drive("QUA2", 10, 10, () => ({})));
    expect((await valuesOf("QUA2", "quality"))["clockAheadS"]).toBeUndefined();
  });
});
