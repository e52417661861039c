import { describe, expect, it } from "vitest";
import { countProbability, countQuantile } from "./countDistribution.ts";

describe("countProbability", () => {
  it("is Poisson at a dispersion of 1", () => {
    expect(countProbability(3, 2)).toBeCloseTo(0.180447, 6); // e^-2 2^3 / 3!
    expect(countProbability(0, 0)).toBe(1);
    expect(countProbability(1, 0)).toBe(0);
  });

  it("is negative binomial above: size 4, success 0.5, three failures = C(6,3)/2^7", () => {
    expect(countProbability(3, 4, 2)).toBeCloseTo(20 / 128, 10);
  });

  it("sums to 1 and has the mean and variance it is given", () => {
    const counts = Array.from({ length: 400 }, (_, count) => ({ count, p: countProbability(count, 30, 2.5) }));
    const total = counts.reduce((sum, { p }) => sum + p, 0);
    const mean = counts.reduce((sum, { count, p }) => sum + count * p, 0);
    const variance = counts.reduce((sum, { count, p }) => sum + (count - mean) ** 2 * p, 0);
    expect(total).toBeCloseTo(1, 9);
    expect(mean).toBeCloseTo(30, 6);
    expect(variance).toBeCloseTo(75, 5);
  });
});

describe("countQuantile", () => {
  it("gives the tabulated Poisson quantiles", () => {
    expect(countQuantile(0.95, 10)).toBe(15);
    expect(countQuantile(0.05, 10)).toBe(5);
    expect(countQuantile(0.5, 0)).toBe(0);
  });
});
