import fc from "fast-check";
import { expect, it } from "vitest";
import { orderStatistic } from "./orderStatistic.ts";

it("counts from the smallest", () => {
  expect(orderStatistic([5, 1, 3], 1)).toBe(1);
  expect(orderStatistic([5, 1, 3], 2)).toBe(3);
  expect(orderStatistic([10, 9, 100], 3)).toBe(100);
});

it("is null where there are fewer values, and leaves the input alone", () => {
  const values = [3, 1, 2];
  expect(orderStatistic(values, 4)).toBeNull();
  expect(values).toEqual([3, 1, 2]);
});

it("has exactly k values at or below it where all differ", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer(), { minLength: 1, maxLength: 20 }), fc.nat(), (values, n) => {
      const k = 1 + (n % values.length);
      const found = orderStatistic(values, k) ?? Number.NaN;
      expect(values.filter((v) => v <= found)).toHaveLength(k);
    }),
  );
});
