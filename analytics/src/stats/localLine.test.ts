import fc from "fast-check";
import { expect, it } from "vitest";
import { localLine } from "./localLine.ts";

it("weighs by distance: of heights 0, 1, 0 at -1, 0, 1 the middle weighs 1 and the ends exp(-1/2)", () => {
  const points = [
    [-1, 0],
    [0, 1],
    [1, 0],
  ] as const;
  expect(localLine(points, 0, 1)).toBeCloseTo(1 / (1 + 2 * Math.exp(-0.5)), 10);
});

it("reproduces straight lines, inside and beyond the points", () => {
  const at = fc.double({ min: -50, max: 50, noNaN: true });
  fc.assert(
    fc.property(at, at, at, (a, b, x) => {
      const line = [0, 1, 2, 5, 9].map((t): [number, number] => [t, a + b * t]);
      expect(localLine(line, x, 3)).toBeCloseTo(a + b * x, 4);
    }),
  );
});

it("is null without points and the height itself for one point", () => {
  expect(localLine([], 1, 1)).toBeNull();
  expect(localLine([[3, 7]], 100, 1)).toBe(7);
});
