import { openTestStore, type TestStore } from "@bellwether/clickhouse/testing";
import { TOPICS } from "@bellwether/contracts/topics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CODE_BITS } from "../../codes/codeBits.ts";
import { isVisible } from "../../engine/landed.ts";
import { createSeeder, type SeedRow } from "../../testing/seed.ts";
import { computeFeatures } from "../computeFeatures.ts";
import { FAMILIES } from "../families.ts";
import { dayRows, familiesInsertSql } from "../family.ts";
import { createSeriesCache } from "../series.ts";
import { pairParams } from "../vehicleDays.ts";

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

async function familiesOf(vin: string, day: string) {
  const days = [{ vin, day }];
  await computeFeatures({ store: test.store, offsetMinutes: 0, rowFilter, nowMs: START_MS }, days);
  const cache = createSeriesCache(test.store);
  await cache.refresh(days, START_MS);
  return cache.of(vin).daily;
}

describe("feature families", () => {
  it("have ids of their own and a unit and a sentence for every feature", () => {
    expect(new Set(FAMILIES.map((family) => family.id)).size).toBe(FAMILIES.length);
    for (const { sentence } of FAMILIES.flatMap((family) => Object.values(family.features))) expect(sentence).toMatch(/\.$/);
  });

  it("leave out what no report of the day carried", async () => {
    await land(Array.from({ length: 3 }, (_, i) => ({ vin: "BARE1", atMs: START_MS + i * MINUTE, pack_current_a: 1 })));
    expect((await familiesOf("BARE1", "2026-03-01"))["usage"]?.[0]?.values).toEqual({
      drivingH: 0,
      chargingH: 0,
      dcChargingH: 0,
      trips: 0,
      highSocH: 0,
    });
  });

  it("count distance and hours of use between reports that are close enough", async () => {
    const driving = Array.from({ length: 61 }, (_, i) => ({
      vin: "USE1",
      atMs: START_MS + i * MINUTE,
      speed_kmh: 60,
      odometer_km: 1000 + i,
      soc_pct: 80,
      ambient_temp_c: i % 2 === 0 ? 10 : 20,
    }));
    const charging = Array.from({ length: 31 }, (_, i) => ({
      vin: "USE1",
      atMs: START_MS + 300 * MINUTE + i * MINUTE,
      speed_kmh: 0,
      odometer_km: 1060,
      soc_pct: 92,
      charge_state: "parked_charging",
    }));
    await land([...driving, ...charging]);
    const [day] = (await familiesOf("USE1", "2026-03-01"))["usage"] ?? [];
    expect(day).toMatchObject({
      day: "2026-03-01",
      samples: 92,
      values: { distanceKm: 60, odometerKm: 1060, drivingH: 1, trips: 1, dcChargingH: 0 },
    });
    expect(day?.values["chargingH"]).toBeCloseTo(0.5, 6);
    expect(day?.values["highSocH"]).toBeCloseTo(0.5, 6);
    expect(day?.values["ambientMinC"]).toBe(10);
  });

  it("say which codes the car reported and what it last said of them", async () => {
    const at = (minute: number) => new Date(START_MS + minute * MINUTE).toISOString();
    const event = (minute: number, code: string, status: object) => ({
      vin: "CODES1",
      event_time: at(minute),
      received_time: at(minute),
      system: code.startsWith("F") ? "gbt_flag" : "obd",
      code,
      ...status,
    });
    await land([{ vin: "CODES1", atMs: START_MS, pack_current_a: 1 }]);
    await test.store.insertRows(
      "dtc_events",
      [
        event(1, "P0A80", { is_pending: true }),
        event(5, "P0A80", { is_confirmed: true, is_active: true, is_lamp_on: true }),
        event(2, "P0A93", { is_confirmed: true, is_active: true }),
        event(9, "P0A93", { is_confirmed: true, is_active: false }),
        event(3, "C0049", { is_pending: true }),
        event(4, "F07", {}),
      ],
      { token: "codes-1" },
    );
    const { reported, confirmed, pendingOnly, activeAtEnd, goneAtEnd, lamp } = CODE_BITS;
    expect((await familiesOf("CODES1", "2026-03-01"))["codes"]?.[0]).toEqual({
      day: "2026-03-01",
      samples: 5,
      values: {
        "obd:P0A80": reported + confirmed + activeAtEnd + lamp,
        "obd:P0A93": reported + confirmed + goneAtEnd,
        "obd:C0049": reported + pendingOnly,
      },
    });
  });

  it("read a 12 V battery at rest, its dip, and the hours of the day's first and last report", async () => {
    const rest = { vehicle_state: "off", charge_state: "not_charging", dcdc_state: "disconnected" };
    const fed = { vehicle_state: "started", charge_state: "not_charging", dcdc_state: "working" };
    await land([
      { vin: "AUX1", atMs: START_MS + 60 * MINUTE, ...rest, aux_voltage_v: 12.6 },
      { vin: "AUX1", atMs: START_MS + 61 * MINUTE, ...rest, aux_voltage_v: 12.25 },
      ...Array.from({ length: 31 }, (_, i) => ({ vin: "AUX1", atMs: START_MS + (62 + i) * MINUTE, ...fed, aux_voltage_v: 14.1 })),
      { vin: "AUX1", atMs: START_MS + 1200 * MINUTE, ...rest, dcdc_state: "working", aux_voltage_v: 13.6 },
      { vin: "AUX1", atMs: START_MS + 1260 * MINUTE, ...rest, aux_voltage_v: 12.7 },
    ]);
    const values = (await familiesOf("AUX1", "2026-03-01"))["aux"]?.[0]?.values ?? {};
    expect(values).toMatchObject({ firstH: 1, lastH: 21, recharges: 1 });
    expect(values["minV"]).toBeCloseTo(12.25, 3);
    expect(values["restV"]).toBeGreaterThan(12.6);
    expect(values["feedV"]).toBeCloseTo(14.1, 3);
    expect(values["fedH"]).toBeCloseTo(31 / 60, 3);
    expect(values["lastV"]).toBeCloseTo(12.7, 3);
  });

  it("read a settled 12 V battery and what it lost while the car slept", async () => {
    const rest = { vehicle_state: "off", charge_state: "not_charging", dcdc_state: "disconnected" };
    await land([
      { vin: "AUX2", atMs: START_MS + 60 * MINUTE, ...rest, aux_voltage_v: 12.9 },
      { vin: "AUX2", atMs: START_MS + 61 * MINUTE, ...rest, aux_voltage_v: 12.85 },
      { vin: "AUX2", atMs: START_MS + 361 * MINUTE, ...rest, aux_voltage_v: 12.7 },
      { vin: "AUX2", atMs: START_MS + 362 * MINUTE, ...rest, dcdc_state: "working", aux_voltage_v: 14.1 },
      { vin: "AUX2", atMs: START_MS + 722 * MINUTE, ...rest, aux_voltage_v: 12.6 },
    ]);
    const values = (await familiesOf("AUX2", "2026-03-01"))["aux"]?.[0]?.values;
    // Two reports end a silence; before the second the network was fed, so its loss is not the battery's.
    expect(values?.["wakeV"]).toBeCloseTo(12.65, 5);
    expect(values).toMatchObject({ pauses: 1, lossH: 5 });
    expect(values?.["lossMv"]).toBeCloseTo(150, 1);
  });

  it("read tyres cold and against one another", async () => {
    const kpa = (fl: number, warm: number) => ({
      ambient_temp_c: 10,
      tyre_pressure_fl_kpa: fl + warm,
      tyre_pressure_fr_kpa: 250 + warm,
      tyre_pressure_rl_kpa: 252 + warm,
      tyre_pressure_rr_kpa: 254 + warm,
    });
    const rows = Array.from({ length: 20 }, (_, i) => ({ vin: "TYRE1", atMs: START_MS + i * MINUTE, ...kpa(240, i) }));
    await land([...rows, { vin: "TYRE1", atMs: START_MS + 30 * MINUTE, ...kpa(0, 0) }]);
    const [day] = (await familiesOf("TYRE1", "2026-03-01"))["tyre"] ?? [];
    expect(day).toMatchObject({ samples: 20, values: { relativeFlKpa: -11, relativeRrKpa: 3, coldAmbientC: 10 } });
    expect(day?.values["coldFlKpa"]).toBeCloseTo(240.5, 3);
  });

  it("read pads, and how much of the braking the motor did where it was watched closely", async () => {
    const drive = Array.from({ length: 400 }, (_, i) => ({
      vin: "BRAKE1",
      atMs: START_MS + i * 2000,
      speed_kmh: i % 10 < 5 ? 72 : 36,
      brake_on: i % 10 === 5,
      pack_voltage_v: 400,
      pack_current_a: i % 10 === 5 ? -300 : 30,
      odometer_km: 5000 + i / 60,
      brake_pad_fl_worn_pct: 40 + (i % 3),
    }));
    await land(drive);
    const values = (await familiesOf("BRAKE1", "2026-03-01"))["brake"]?.[0]?.values ?? {};
    expect(values["padFlPct"]).toBe(41);
    expect(values["padRlPct"]).toBeUndefined();
    // 40 times from 20 to 10 m/s with 1,900 kg: 285 kJ each; 120 kW into the pack for 2 s each.
    expect(values["brakedKj"]).toBeCloseTo(40 * 285, 0);
    expect(values["regainedKj"]).toBeCloseTo(40 * 240, 0);
  });

  it("read the drive's warmth at ordinary load, and fast charges with their place", async () => {
    const drive = Array.from({ length: 20 }, (_, i) => ({
      vin: "HEAT1",
      atMs: START_MS + i * MINUTE,
      speed_kmh: 50,
      pack_voltage_v: 400,
      pack_current_a: 25,
      ambient_temp_c: 10,
      motor_temps_c: [40, 45],
      motor_controller_temps_c: [30],
      coolant_temp_c: 22,
    }));
    const charge = Array.from({ length: 10 }, (_, i) => ({
      vin: "HEAT1",
      atMs: START_MS + (60 + i) * MINUTE,
      charge_state: "parked_charging",
      pack_voltage_v: 400,
      pack_current_a: -200,
      soc_pct: 30 + i,
      ambient_temp_c: 10,
      // 6 K at 100 A in the end, warming up over 450 s, on a port that is 3 K warmer than the air to begin with.
      charge_port_temp_c: 13 + 24 * (1 - Math.exp((-60 * i) / 450)),
      latitude_deg: 31.2,
      longitude_deg: 121.5,
    }));
    await land([...drive, ...charge]);
    const daily = await familiesOf("HEAT1", "2026-03-01");
    expect(daily["driveHeat"]?.[0]?.values).toMatchObject({ motorRiseK: 35, controllerRiseK: 20, coolantRiseK: 12, loadKw: 10 });
    expect(daily["chargePort"]?.[0]?.values).toMatchObject({ dcKw: 80, place: 31_200_121_500 });
    expect(daily["chargePort"]?.[0]?.values["portKPer100A"]).toBeCloseTo(6, 3);
  });

  it("are the same rows whether a statement computes several or one", async () => {
    const days = ["USE1", "CODES1", "AUX1", "TYRE1", "BRAKE1", "HEAT1", "BARE1"].map((vin) => ({ vin, day: "2026-03-01" }));
    const rowsOf = () =>
      test.store.query(
        "SELECT vin, family, samples, toString(mapSort(features)) AS features FROM daily_features FINAL ORDER BY vin, family",
        z.object({ vin: z.string(), family: z.string(), samples: z.number(), features: z.string() }),
      );
    await test.store.command("TRUNCATE TABLE daily_features");
    await computeFeatures({ store: test.store, offsetMinutes: 0, rowFilter, nowMs: START_MS }, days);
    const together = await rowsOf();
    await test.store.command("TRUNCATE TABLE daily_features");
    const params = { ...pairParams(days), from: START_MS, to: START_MS + 1440 * MINUTE, now: new Date(START_MS) };
    for (const family of FAMILIES) await test.store.command(familiesInsertSql([family], dayRows(0, rowFilter, days)), { params });
    expect(new Set(together.map(({ family }) => family)).size).toBeGreaterThanOrEqual(8);
    expect(together).toEqual(await rowsOf());
  });
});
