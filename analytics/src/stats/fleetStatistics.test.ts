import { createRandom } from "@bellwether/simulator/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { benjaminiHochberg } from "./benjaminiHochberg.ts";
import { countTail } from "./countTail.ts";
import { cusumRunLength, cusumStep, cusumThreshold } from "./cusum.ts";
import { normalTail } from "./normalTail.ts";

describe("honest tails", () => {
  it("of the normal distribution agree with the tables, far out as well", () => {
    const known = [
      [0, 0.5],
      [1.959964, 0.025],
      [3.5, 2.3262907903552504e-4],
      [6, 9.865876450376981e-10],
      [8, 6.220960574271785e-16],
    ] as const;
    for (const [z, p] of known) expect(normalTail(z) / p).toBeCloseTo(1, 6);
    expect(normalTail(-1)).toBeCloseTo(0.8413447, 6);
  });

  it("of counts agree with sums of the Poisson law", () => {
    expect(countTail(3, 1)).toBeCloseTo(1 - Math.exp(-1) * 2.5, 12);
    expect(countTail(0, 5)).toBe(1);
    expect(countTail(1, 0)).toBe(0);
    expect(countTail(20, 1) / (Math.exp(-1) / 2432902008176640000)).toBeCloseTo(1.0499, 3);
  });
});

describe("Benjamini-Hochberg", () => {
  it("rejects the four smallest of the published example", () => {
    const p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];
    expect(benjaminiHochberg(p, 0.05).filter(Boolean)).toHaveLength(4);
    expect(benjaminiHochberg([], 0.1)).toEqual([]);
  });

  it("rejects no more with a smaller share, whatever the order", () => {
    const many = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
    fc.assert(
      fc.property(many, (p) => {
        const strict = benjaminiHochberg(p, 0.01);
        const loose = benjaminiHochberg(p, 0.1);
        expect(strict.every((rejected, i) => !rejected || loose[i])).toBe(true);
        expect(benjaminiHochberg(p.toReversed(), 0.1).toReversed()).toEqual(loose);
      }),
    );
  });
});

describe("CUSUM", () => {
  it("has the published run lengths, and a threshold for a budget", () => {
    expect(cusumRunLength(4, 0.5)).toBeCloseTo(338, -1);
    expect(cusumRunLength(5, 0.5)).toBeCloseTo(938, -1);
    expect(cusumThreshold(12_500, 0.5)).toBeCloseTo(7.58, 1);
    expect(cusumThreshold(cusumRunLength(6, 0.5), 0.5)).toBeCloseTo(6, 6);
  });

  it("keeps its budget on noise, and finds a shift", () => {
    const random = createRandom(4);
    const h = cusumThreshold(500, 0.5);
    let [sum, alarms] = [0, 0];
    for (let i = 0; i < 50_000; i++) {
      sum = cusumStep(sum, random.normal(0, 1), 0.5);
      if (sum > h) [sum, alarms] = [0, alarms + 1];
    }
    expect(alarms).toBeGreaterThan(70);
    expect(alarms).toBeLessThan(130);
    let steps = 0;
    for (let shifted = 0; shifted <= h; steps++) shifted = cusumStep(shifted, random.normal(2, 1), 0.5);
    expect(steps).toBeLessThan(10);
  });
});
