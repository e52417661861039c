import fc from "fast-check";
import { expect, it } from "vitest";
import { betaBinomialTail } from "./betaBinomialTail.ts";

it("gives known values: uniform at rho 1/3 and mean 1/2, binomial at rho 0", () => {
  expect(betaBinomialTail(3, 4, 0.5, 1 / 3)).toBeCloseTo(0.4, 10);
  expect(betaBinomialTail(3, 4, 0.5, 0)).toBeCloseTo(5 / 16, 6);
  expect(betaBinomialTail(1, 10, 0.02, 0)).toBeCloseTo(1 - 0.98 ** 10, 6);
  expect(betaBinomialTail(0, 4, 0.5, 0.1)).toBe(1);
  expect(betaBinomialTail(5, 4, 0.5, 0.1)).toBe(0);
});

it("is a probability, and asking for more never makes it likelier", () => {
  const rate = fc.double({ min: 0.001, max: 0.9, noNaN: true });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 200 }), rate, rate, (trials, count, mean, rho) => {
      const [more, fewer] = [betaBinomialTail(count + 1, trials, mean, rho), betaBinomialTail(count, trials, mean, rho)];
      expect(more).toBeGreaterThanOrEqual(0);
      expect(fewer).toBeLessThanOrEqual(1);
      expect(fewer).toBeGreaterThanOrEqual(more - 1e-12);
    }),
  );
});
