import fc from "fast-check";
import { expect, it } from "vitest";
import { trimmedMean } from "./trimmedMean.ts";

it("leaves out the ends: R's mean(c(1,2,3,100), trim=0.25) is 2.5", () => {
  expect(trimmedMean([100, 3, 1, 2], 0.25)).toBe(2.5);
});

it("is the mean without trimming, and null on empty input", () => {
  expect(trimmedMean([1, 2, 6], 0)).toBe(3);
  expect(trimmedMean([], 0.2)).toBeNull();
});

it("always keeps at least one value, and stays between the smallest and the largest", () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.double({ min: 0, max: 0.49, noNaN: true }), (values, share) => {
      const found = trimmedMean(values, share) ?? Number.NaN;
      expect(found).toBeGreaterThanOrEqual(Math.min(...values));
      expect(found).toBeLessThanOrEqual(Math.max(...values));
    }),
  );
});
