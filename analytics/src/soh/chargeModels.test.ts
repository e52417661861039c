/** Maps learnt from a model's wide charges, on simulated packs with a bent display (testing/chargeFleet.ts). */
import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { chargeCurve, displayed, wideCharges } from "../testing/chargeFleet.ts";
import { capacityFromPeak, capacityPeak, learnPeak } from "./capacityPeak.ts";
import { interpolate, sharesOf, type VehicleCurve } from "./chargeCurve.ts";
import { learnSocMap, mappedSwing, shareAt } from "./socMap.ts";
import { capacityBetweenVoltages, learnVoltageMap } from "./voltageMap.ts";

const FLEET = wideCharges(24, 3, 7);
const random = createRandom(99);
/** Narrow charges of cars that taught nothing. */
const NARROW = Array.from({ length: 80 }, () => {
  const capacityAh = 150 * random.between(0.8, 1);
  const from = random.between(0.12, 0.5);
  return { capacityAh, currentA: 30, curve: chargeCurve({ capacityAh, from, to: from + random.between(0.3, 0.4), currentA: 30, random }) };
});

const errorPct = (estimate: number, truth: number): number => 100 * Math.abs(estimate / truth - 1);
const swing = ({ socPct }: VehicleCurve["curve"]): [number, number] => [socPct[0] ?? 0, socPct.at(-1) ?? 0];
const counted = ({ chargeAh }: VehicleCurve["curve"]): number => (chargeAh.at(-1) ?? 0) - (chargeAh[0] ?? 0);

describe("the map of a model's display", () => {
  const map = learnSocMap(FLEET);

  it("finds the bend of the display again", () => {
    if (map === null) throw new Error("no map");
    for (const soc of [0.15, 0.25, 0.4, 0.6, 0.75]) {
      expect(Math.abs((map.shares[Math.round(100 * displayed(soc))] ?? 0) - soc)).toBeLessThan(0.02);
    }
    expect(map.vehicles).toBe(24);
  });

  it("makes narrow charges of strangers four times as right as the display", () => {
    if (map === null) throw new Error("no map");
    const plain = NARROW.map(({ curve, capacityAh }) => errorPct((100 * counted(curve)) / (swing(curve)[1] - swing(curve)[0]), capacityAh));
    const mapped = NARROW.map(({ curve, capacityAh }) => errorPct(counted(curve) / mappedSwing(map, ...swing(curve)).share, capacityAh));
    expect(mean(plain)).toBeGreaterThan(6);
    expect(mean(mapped)).toBeLessThan(mean(plain) / 4);
  });

  it("is not learnt from too few charges, vehicles, or from narrow charges", () => {
    expect(learnSocMap(FLEET.slice(0, 29))).toBeNull();
    expect(learnSocMap(FLEET.map((one) => ({ ...one, vin: "V1" })))).toBeNull();
    expect(learnSocMap(NARROW.map((one, i) => ({ ...one, vin: `V${i}` })))).toBeNull();
  });
});

describe("the charge between two voltages", () => {
  const socMap = learnSocMap(FLEET);
  const map = learnVoltageMap(FLEET, socMap === null ? undefined : shareAt(socMap));

  it("gives the capacity of strangers without a state of charge", () => {
    if (map === null) throw new Error("no map");
    const errors = NARROW.flatMap(({ curve, capacityAh, currentA }) => {
      const estimate = capacityBetweenVoltages(map, { ...curve, socPct: [] }, currentA);
      return estimate === null ? [] : [errorPct(estimate, capacityAh)];
    });
    expect(errors.length).toBeGreaterThan(60);
    expect(mean(errors)).toBeLessThan(2.5);
  });

  it("is silent at another current and over a narrow window", () => {
    const [first] = NARROW;
    if (map === null || first === undefined) throw new Error("no map");
    expect(capacityBetweenVoltages(map, first.curve, 45)).toBeNull();
    const short = chargeCurve({ capacityAh: 140, from: 0.4, to: 0.5, currentA: 30, random });
    expect(capacityBetweenVoltages(map, short, 30)).toBeNull();
  });
});

describe("the peak of incremental capacity", () => {
  it("grows with the capacity, and gives it within some percent as a second opinion", () => {
    const [small, large] = [120, 150].map((capacityAh) =>
      capacityPeak(chargeCurve({ capacityAh, from: 0.1, to: 0.9, currentA: 30, random, noise: 0 })),
    );
    expect((large?.areaAh ?? 0) / (small?.areaAh ?? 1)).toBeCloseTo(150 / 120, 1);
    const model = learnPeak(FLEET);
    if (model === null) throw new Error("no model");
    const errors = NARROW.flatMap(({ curve, capacityAh }) => {
      const estimate = capacityFromPeak(model, curve);
      return estimate === null ? [] : [errorPct(estimate, capacityAh)];
    });
    expect(errors.length).toBeGreaterThan(10);
    expect(mean(errors)).toBeLessThan(5);
  });

  it("is not there where the charge has none inside", () => {
    expect(capacityPeak({ socPct: [], chargeAh: [], packV: [] })).toBeNull();
    expect(capacityPeak({ socPct: [50, 51], chargeAh: [0, 1.5], packV: [350, 350.5] })).toBeNull();
  });
});

it("shares of a wide charge run between its displayed ends", () => {
  expect(sharesOf({ socPct: [10, 50, 90], chargeAh: [0, 30, 80], packV: [1, 2, 3] })).toEqual([0.1, 0.4, 0.9]);
  expect(sharesOf({ socPct: [10], chargeAh: [0], packV: [1] })).toEqual([]);
  expect(interpolate([1, 2, 4], [10, 20, 40], 3)).toBe(30);
  expect(interpolate([1, 2, 4], [10, 20, 40], 5)).toBeNull();
});
