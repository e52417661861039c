import fc from "fast-check";
import { expect, it } from "vitest";
import { isotonic } from "./isotonic.ts";

it("pools neighbours that fall (worked example: 1, 3, 2, 4)", () => {
  expect(isotonic([1, 3, 2, 4])).toEqual([1, 2.5, 2.5, 4]);
  expect(isotonic([3, 2, 1])).toEqual([2, 2, 2]);
  expect(isotonic([])).toEqual([]);
});

it("never falls, keeps the sum, and leaves rising values alone", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 }), (values) => {
      const pooled = isotonic(values);
      const sum = (list: readonly number[]) => list.reduce((all, x) => all + x, 0);
      expect(pooled.every((x, i) => i === 0 || x >= (pooled[i - 1] ?? 0) - 1e-9)).toBe(true);
      expect(sum(pooled)).toBeCloseTo(sum(values), 6);
      const rising = [...values].sort((a, b) => a - b);
      expect(isotonic(rising)).toEqual(rising);
    }),
  );
});
