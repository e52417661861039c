import fc from "fast-check";
import { expect, it } from "vitest";
import { theilSen } from "./theilSen.ts";

it("gives the median of all slopes", () => {
  const line = theilSen([
    [0, 0],
    [1, 2],
    [2, 4],
    [3, 100],
  ]);
  // 2, 2, 2, 33.33, 49, 96
  expect(line?.slope).toBeCloseTo((2 + 100 / 3) / 2, 9);
});

it("finds a line through a third of wild points, and its interval holds it", () => {
  const points = Array.from({ length: 30 }, (_, x): [number, number] => [x, x % 4 === 0 ? 500 : 3 * x + 1 + Math.sin(x) / 100]);
  const line = theilSen(points);
  expect(line?.slope).toBeCloseTo(3, 2);
  expect(line?.intercept).toBeCloseTo(1, 1);
  expect(line?.slopeLow ?? 9).toBeLessThanOrEqual(3);
  expect(line?.slopeHigh ?? 0).toBeGreaterThanOrEqual(3);
});

it("turns with the points, and needs three slopes", () => {
  expect(theilSen([])).toBeNull();
  expect(
    theilSen([
      [1, 1],
      [1, 2],
      [1, 3],
    ]),
  ).toBeNull();
  const numbers = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 4, maxLength: 20 });
  fc.assert(
    fc.property(numbers, fc.double({ min: -50, max: 50, noNaN: true }), (ys, tilt) => {
      const points = ys.map((y, x): [number, number] => [x, y]);
      const tilted = theilSen(points.map(([x, y]) => [x, y + tilt * x]));
      expect((tilted?.slope ?? 0) - (theilSen(points)?.slope ?? 0)).toBeCloseTo(tilt, 6);
    }),
  );
});
