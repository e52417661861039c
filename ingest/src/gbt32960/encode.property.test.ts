import type { Sample } from "@bellwether/contracts/sample";
import type { SignalValues } from "@bellwether/contracts/signals";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameToDecoded } from "../decode/gbt32960.ts";
import { mergeParts } from "../decode/mergeParts.ts";
import { encodeReport, type VehicleReport } from "./encode.ts";

const CONTEXT = { receivedTimeMs: Date.UTC(2026, 0, 1) };

/** Numbers a field can carry: whole steps, so that nothing is lost in rounding. */
const steps = (min: number, max: number, perUnit: number) => fc.integer({ min: min * perUnit, max: max * perUnit }).map((n) => n / perUnit);
const list = (element: fc.Arbitrary<number>, maxLength: number) => fc.array(element, { minLength: 1, maxLength });

/** Every signal of a report; a motor's four signals belong together. */
function signals(cellsMax: number): fc.Arbitrary<SignalValues> {
  const vehicle = {
    vehicleState: fc.constantFrom("started", "off", "other"),
    chargeState: fc.constantFrom("parked_charging", "driving_charging", "not_charging", "complete"),
    runMode: fc.constantFrom("electric", "hybrid", "fuel"),
    gear: fc.constantFrom("N", "1", "12", "R", "D", "P"),
    brakeOn: fc.boolean(),
    speedKmh: steps(0, 220, 10),
    odometerKm: steps(0, 999_999, 10),
    packVoltageV: steps(0, 1000, 10),
    packCurrentA: steps(-1000, 1000, 10),
    socPct: steps(0, 100, 1),
    dcdcState: fc.constantFrom("working", "disconnected"),
    insulationKohm: steps(0, 60_000, 1),
  } as const;
  return fc.record({
    ...vehicle,
    motorControllerTempsC: fc.tuple(steps(-40, 210, 1)),
    motorTempsC: fc.tuple(steps(-40, 210, 1)),
    motorSpeedsRpm: fc.tuple(steps(-20_000, 30_000, 1)),
    motorTorquesNm: fc.tuple(steps(-2000, 4000, 10)),
    longitudeDeg: steps(-180, 180, 1_000_000),
    latitudeDeg: steps(-90, 90, 1_000_000),
    alarmLevel: fc.nat(3),
    alarmFlags: fc.nat(2 ** 19 - 1),
    cellVoltagesV: list(steps(0, 15, 1000), cellsMax),
    probeTempsC: list(steps(-40, 210, 1), 60),
    engineSpeedRpm: steps(0, 20_000, 1),
    fuelCellVoltageV: steps(0, 2000, 10),
    fuelCellCurrentA: steps(0, 2000, 10),
    hydrogenTempMaxC: steps(-40, 200, 1),
    hydrogenPressureMaxKpa: fc.nat(1000).map((tenths) => tenths * 100),
  });
}

const extremes: fc.Arbitrary<SignalValues> = fc.record({
  acceleratorPct: steps(0, 100, 1),
  brakePct: steps(0, 100, 1),
  cellVoltageMaxV: steps(0, 15, 1000),
  cellVoltageMaxIndex: fc.integer({ min: 1, max: 250 }),
  cellVoltageMinV: steps(0, 15, 1000),
  cellVoltageMinIndex: fc.integer({ min: 1, max: 250 }),
  probeTempMaxC: steps(-40, 210, 1),
  probeTempMaxIndex: fc.integer({ min: 1, max: 250 }),
  probeTempMinC: steps(-40, 210, 1),
  probeTempMinIndex: fc.integer({ min: 1, max: 250 }),
});
const faults = fc.array(
  fc.record({ system: fc.constantFrom("gbt_ess", "gbt_motor", "gbt_engine", "gbt_other"), code: fc.stringMatching(/^[0-9A-F]{8}$/) }),
  { maxLength: 4 },
);
const time = fc.integer({ min: Date.UTC(2016, 0, 1) / 1000, max: Date.UTC(2099, 11, 31) / 1000 }).map((s) => s * 1000);

function samplesOf(report: VehicleReport): Sample[] {
  return encodeReport(report).flatMap((frame) => {
    const decoded = frameToDecoded(frame, CONTEXT);
    return decoded.kind === "samples" ? decoded.samples : [];
  });
}

function expectSame(sample: Sample | undefined, report: VehicleReport): void {
  expect(sample).toMatchObject({ vin: report.vin, eventTimeMs: report.eventTimeMs, isReissue: report.isReissue, part: 0 });
  for (const [signal, value] of Object.entries(report.values)) {
    const decoded: unknown = Object.entries(sample?.values ?? {}).find(([name]) => name === signal)?.[1];
    if (typeof value === "number") expect(decoded, signal).toBeCloseTo(value, 9);
    else expect(decoded, signal).toEqual(value);
  }
  const words = (sample?.dtcs ?? []).filter(({ system }) => system !== "gbt_flag");
  expect(new Set(words.map(({ system, code }) => `${system} ${code}`))).toEqual(
    new Set(report.dtcs?.map(({ system, code }) => `${system} ${code}`)),
  );
}

describe("a report that is encoded and decoded", () => {
  it("says the same again in the 2016 edition, over as many frames as its cells need", () => {
    fc.assert(
      fc.property(signals(450), extremes, faults, time, fc.boolean(), (values, more, dtcs, eventTimeMs, isReissue) => {
        const report = { edition: 2016, vin: "LTEST00000000001X", eventTimeMs, isReissue, values: { ...values, ...more }, dtcs } as const;
        const [sample, ...rest] = mergeParts(samplesOf(report));
        expect(rest).toEqual([]);
        expectSame(sample, report);
      }),
      { numRuns: 200 },
    );
  });

  it("says the same again in the 2025 edition, in one frame", () => {
    fc.assert(
      fc.property(signals(450), faults, time, fc.boolean(), (values, dtcs, eventTimeMs, isReissue) => {
        const report = { edition: 2025, vin: "LTEST00000000001X", eventTimeMs, isReissue, values, dtcs } as const;
        const [sample, ...rest] = samplesOf(report);
        expect(rest).toEqual([]);
        expectSame(sample, report);
      }),
      { numRuns: 200 },
    );
  });

  it("marks absent signals of an item as invalid and values beyond the field as abnormal", () => {
    const values = { socPct: 50, packVoltageV: 4000 };
    const [sample] = samplesOf({ edition: 2016, vin: "V1", eventTimeMs: Date.UTC(2026, 0, 1), values });
    expect(sample?.values.socPct).toBe(50);
    expect(sample?.values.packVoltageV).toBeUndefined();
    expect(sample?.quality).toContainEqual({ signal: "packVoltageV", reason: "abnormal" });
    expect(sample?.quality).toContainEqual({ signal: "speedKmh", reason: "invalid" });
  });

  it("keeps the level of a flag in the 2025 edition", () => {
    const dtcs = [{ system: "gbt_flag", code: "battery_thermal_event", level: 4 }] as const;
    const [sample] = samplesOf({ edition: 2025, vin: "V1", eventTimeMs: Date.UTC(2026, 0, 1), values: { alarmLevel: 4 }, dtcs });
    expect(sample?.dtcs).toEqual(dtcs);
    expect(sample?.values.alarmFlags).toBe(2 ** 23);
  });
});
