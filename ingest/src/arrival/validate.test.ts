import type { Sample } from "@bellwether/contracts/sample";
import { parseVin, type Vin } from "@bellwether/contracts/vin";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkKey, checkTime, withPlausibleValues } from "./validate.ts";

function vinOf(text: string): Vin {
  const vin = parseVin(text);
  if (vin === null) throw new Error(`not a VIN: ${text}`);
  return vin;
}

const VIN = vinOf("LTEST000000000001");
const NOW = Date.UTC(2026, 0, 1);

function sampleWith(values: Sample["values"], eventTimeMs = NOW): Sample {
  return {
    vin: VIN,
    eventTimeMs,
    receivedTimeMs: NOW,
    format: "sample-json",
    isReissue: false,
    part: 0,
    values,
    dtcs: [],
    quality: [],
  };
}

describe("the message key", () => {
  const required = { isKeyRequired: true };
  it("must be the VIN, in any case and padding", () => {
    expect(checkKey(Buffer.from("LTEST000000000001"), VIN, required)).toBeUndefined();
    expect(checkKey(Buffer.from(" ltest000000000001\0"), VIN, required)).toBeUndefined();
    expect(checkKey(Buffer.from("OTHER"), VIN, required)).toEqual({
      reason: "vin_mismatch",
      detail: 'expected the VIN of the message key, "OTHER", got LTEST000000000001',
    });
  });
  it("may be absent only where the configuration says so", () => {
    expect(checkKey(null, VIN, required)?.reason).toBe("vin_mismatch");
    expect(checkKey(null, VIN, { isKeyRequired: false })).toBeUndefined();
  });
});

describe("the event time", () => {
  const limits = { nowMs: NOW, futureMaxMs: 300_000 };
  it.each([
    [NOW + 300_000, undefined],
    [NOW + 300_001, "time_in_future"],
    [Date.UTC(1970, 0, 1), "bad_time"],
    [Date.UTC(2009, 11, 31), "bad_time"],
    [Number.NaN, "bad_time"],
    [NOW - 50 * 366 * 86_400_000, "bad_time"],
    [NOW - 10 * 366 * 86_400_000, undefined],
  ])("at %d is %s", (eventTimeMs, reason) => {
    expect(checkTime(sampleWith({}, eventTimeMs), limits)?.reason).toBe(reason);
  });
  it("is too old only where the configuration limits the age", () => {
    expect(checkTime(sampleWith({}, NOW - 1001), { ...limits, ageMaxMs: 1000 })?.reason).toBe("time_too_old");
  });
});

describe("plausible values", () => {
  it("come back as the same object when nothing is wrong", () => {
    const sample = sampleWith({ socPct: 100, cellVoltagesV: [3.7, null], speedKmh: 0, gear: "D" });
    expect(withPlausibleValues(sample)).toBe(sample);
  });
  it("lose what is out of range and say so", () => {
    const { values, quality } = withPlausibleValues(sampleWith({ socPct: 101, speedKmh: 20, motorTempsC: [300, 20], alarmLevel: 2.5 }));
    expect(values).toEqual({ speedKmh: 20, motorTempsC: [null, 20] });
    expect(quality).toEqual([
      { signal: "socPct", reason: "out_of_range" },
      { signal: "alarmLevel", reason: "out_of_range" },
      { signal: "motorTempsC", reason: "out_of_range" },
    ]);
  });
  it("keep a cell's place when its reading cannot be (0 V, 5.0 V, 66 V)", () => {
    const { values, quality } = withPlausibleValues(sampleWith({ cellVoltagesV: [3.7, 66.5, 0, 5, 4.999], cellVoltageMaxV: 5 }));
    expect(values).toEqual({ cellVoltagesV: [3.7, null, null, null, 4.999] });
    expect(quality).toEqual([
      { signal: "cellVoltageMaxV", reason: "implausible" },
      { signal: "cellVoltagesV", reason: "implausible" },
    ]);
  });
  it("are within range afterwards, lists as long as before, and a second look changes nothing", () => {
    const numbers = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0));
    const any = fc.record({ packVoltageV: numbers, alarmFlags: numbers, cellVoltagesV: fc.array(fc.option(numbers)) });
    fc.assert(
      fc.property(any, (values) => {
        const once = withPlausibleValues(sampleWith(values));
        expect(once.values.cellVoltagesV).toHaveLength(values.cellVoltagesV.length);
        for (const cell of once.values.cellVoltagesV ?? []) expect(cell === null || (cell >= 1 && cell < 5)).toBe(true);
        expect(Number.isInteger(once.values.alarmFlags ?? 0)).toBe(true);
        expect(withPlausibleValues(once)).toBe(once);
      }),
    );
  });
});
