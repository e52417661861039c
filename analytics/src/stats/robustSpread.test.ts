import fc from "fast-check";
import { expect, it } from "vitest";
import { robustSpread } from "./robustSpread.ts";

it("is 1.4826 times the median absolute deviation: R's mad(c(1,1,2,2,4,6,9)) is 1.4826", () => {
  expect(robustSpread([1, 1, 2, 2, 4, 6, 9], 0)).toBeCloseTo(1.4826, 10);
});

it("is not moved by a few wild values", () => {
  expect(robustSpread([1, 1, 2, 2, 4, 6, 9000], 0)).toBeCloseTo(1.4826, 10);
});

it("never falls below the floor, and is the floor on empty input", () => {
  expect(robustSpread([5, 5, 5], 2)).toBe(2);
  expect(robustSpread([], 2)).toBe(2);
});

it("does not depend on the level and grows with the scale", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (values, scale) => {
      expect(
        robustSpread(
          values.map((v) => v * scale + 7),
          0,
        ),
      ).toBeCloseTo(scale * robustSpread(values, 0), 6);
    }),
  );
});
