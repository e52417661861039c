import { expect, it } from "vitest";
import { chiSquareQuantile } from "./chiSquareQuantile.ts";

// Tables of the chi-square distribution.
it.each([
  [0.1, 10, 4.865],
  [0.9, 10, 15.987],
  [0.5, 2, 1.386],
  [0.95, 40, 55.758],
])("gives %f of chi-square with %i degrees as %f", (share, degrees, value) => {
  expect(chiSquareQuantile(share, degrees)).toBeCloseTo(value, 2);
});
