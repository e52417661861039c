import { describe, expect, it } from "vitest";
import { capacityFromCharge, capacityFromTest } from "./capacityFromCharge.ts";
import { type ChargeSample, type ChargeSegment, chargeEvidence } from "./chargeEvidence.ts";
import { learnChargeFleet, type TestedCar } from "./chargeFleet.ts";
import { loadSteps } from "./loadSteps.ts";
import { learnVoltageShape, shareBetween } from "./voltageShape.ts";

const OHM = 0.001;

/** A cell of 3.4 V when empty and 4.2 V when full, straight between; charged at `currentA` for `loadS` after 30 s of rest. */
function segment(capacityAh: number, fromSoc: number, loadS: number, restS: number, currentA = 50): ChargeSegment {
  const samples: ChargeSample[] = [];
  let chargeAh = 0;
  for (let t = 0; t < 30 + loadS + restS; t += 1) {
    const amps = t >= 30 && t < 30 + loadS ? currentA : 0;
    chargeAh += amps / 3600;
    samples.push({ currentA: amps, chargeAh, meanCellV: 3.4 + 0.8 * (fromSoc + chargeAh / capacityAh) + OHM * amps });
  }
  const end = fromSoc + chargeAh / capacityAh;
  return { socStartPct: 100 * fromSoc, socEndPct: 100 * end, samples };
}

function evidenceOf(record: ChargeSegment) {
  const evidence = chargeEvidence(record);
  if (evidence === null) throw new Error("no evidence");
  return evidence;
}

describe("chargeEvidence", () => {
  it("counts the charge and finds the rested voltages of a segment that ends at rest", () => {
    const evidence = evidenceOf(segment(100, 0.2, 3600, 500));
    expect(evidence.chargeAh).toBeCloseTo(50, 6);
    expect(evidence.startRestV).toBeCloseTo(3.56, 6);
    expect(evidence.endRestV).toBeCloseTo(3.96, 6);
    expect(evidence.rests).toHaveLength(2);
    expect(evidence.loadCurrentA).toBe(50);
  });

  it("takes the polarisation off where the segment ends under load", () => {
    expect(evidenceOf(segment(100, 0.2, 3600, 0)).endRestV).toBeCloseTo(3.96 + 0.05 - 1.4 * 0.05, 2);
  });

  it("is null without samples or charge", () => {
    expect(chargeEvidence({ socStartPct: 0, socEndPct: 0, samples: [] })).toBeNull();
    expect(chargeEvidence(segment(100, 0.2, 0, 60))).toBeNull();
  });
});

it("loadSteps measures the resistance on switching on and off, apart from the charge that came in meanwhile", () => {
  const steps = loadSteps(segment(100, 0.2, 600, 100).samples, 30);
  expect(steps).toHaveLength(2);
  for (const { ohm } of steps) expect(Math.abs(ohm - OHM)).toBeLessThan(0.1 * OHM);
});

describe("voltage shape", () => {
  const straight = (fromV: number, toV: number) => [0, 0.5, 1].map((share) => ({ share, meanCellV: fromV + share * (toV - fromV) }));

  it("of straight curves gives the share in proportion to the voltage", () => {
    const shape = learnVoltageShape([straight(3.4, 4.2), straight(3.4, 4.2)]);
    expect(shareBetween(shape, 3.5, 3.9)).toBeCloseTo(0.5, 2);
    expect(shareBetween(shape, 3.9, 3.5)).toBeCloseTo(-0.5, 2);
  });

  it("averages only where a curve reaches, and adds nothing beyond", () => {
    const shape = learnVoltageShape([straight(3.4, 4.2), straight(3.6, 4)]);
    expect(shareBetween(shape, 3.42, 3.58)).toBeCloseTo(0.2, 2);
    expect(shareBetween(shape, 3.7, 3.9)).toBeCloseTo((0.25 + 0.5) / 2, 2);
    expect(shareBetween(shape, 4.2, 5)).toBeCloseTo(0, 2);
    expect(shareBetween(learnVoltageShape([]), 3.5, 3.9)).toBe(0);
  });
});

describe("capacity from charge", () => {
  const tested = (ratedAh: number, health: number): TestedCar => {
    const capacityAh = ratedAh * health;
    const quarters = [0, 0.25, 0.5, 0.75].map((from) =>
      segment(capacityAh, from, (0.25 * capacityAh * 3600) / (0.3 * ratedAh), 500, 0.3 * ratedAh),
    );
    return { capacityAh, ratedAh, segments: quarters.map(evidenceOf) };
  };
  const fleet = learnChargeFleet([tested(100, 0.95), tested(150, 0.9), tested(200, 1)]);

  it("is what all opinions agree on, with a narrower interval for a wider swing", () => {
    if (fleet === null) throw new Error("no fleet");
    const [narrow, wide] = [0.12, 0.6].map((swing) =>
      capacityFromCharge(evidenceOf(segment(114, 0.2, swing * 114 * 100, 500, 36)), 120, fleet),
    );
    expect(narrow?.capacityAh).toBeGreaterThan(112);
    expect(narrow?.capacityAh).toBeLessThan(116);
    const width = (e: typeof wide) => Math.log((e?.high80Ah ?? 0) / (e?.low80Ah ?? 1));
    expect(width(wide)).toBeLessThan(width(narrow));
  });

  it("says less where the rating is not known", () => {
    if (fleet === null) throw new Error("no fleet");
    const evidence = evidenceOf(segment(114, 0.2, 1400, 500, 36));
    const [known, unknown] = [120, null].map((ratedAh) => capacityFromCharge(evidence, ratedAh, fleet));
    expect((unknown?.high80Ah ?? 0) - (unknown?.low80Ah ?? 0)).toBeGreaterThan((known?.high80Ah ?? 0) - (known?.low80Ah ?? 0));
  });

  it("of a whole test from empty to full is the charge counted", () => {
    if (fleet === null) throw new Error("no fleet");
    const car = tested(110, 0.8);
    expect(capacityFromTest(car.segments, 110, fleet)?.capacityAh).toBeCloseTo(88, 1);
    expect(capacityFromTest([], 110, fleet)).toBeNull();
  });

  it("does not learn from two cars, nor from a third without a record", () => {
    const two = [tested(100, 0.95), tested(150, 0.9)];
    expect(learnChargeFleet(two)).toBeNull();
    expect(learnChargeFleet([...two, { ...tested(200, 1), segments: [] }])).toBeNull();
  });

  it("does not take three cars of like health for a fleet of like health, nor one odd car for a fleet of odd ones", () => {
    const spreads = [
      [0.95, 0.95, 0.95],
      [0.8, 0.95, 1.1],
    ].map((health) => learnChargeFleet(health.map((h) => tested(100, h)))?.logHealth.sd ?? 0);
    const usual = 0.05 * Math.sqrt(1 + 1 / 3);
    const own = Math.hypot(Math.log(0.8 / 0.95), Math.log(1.1 / 0.95)) / Math.SQRT2;
    expect(spreads[0]).toBeGreaterThan(0.95 * usual);
    expect(spreads[1]).toBeGreaterThan(usual);
    expect(spreads[1]).toBeLessThan(0.7 * own);
  });
});
