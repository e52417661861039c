import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tukeyInverseRegression } from "./tukeyInverseRegression.ts";
import { weightedMedian } from "./weightedMedian.ts";

describe("weightedMedian", () => {
  it("takes the value at half of the weight", () => {
    const points = [
      { value: 1, weight: 1 },
      { value: 2, weight: 1 },
      { value: 10, weight: 3 },
    ];
    expect(weightedMedian(points)).toBe(10);
    expect(weightedMedian([])).toBeNull();
  });
});

describe("tukeyInverseRegression", () => {
  it("ignores a session that lost charge", () => {
    const fit = tukeyInverseRegression(
      [
        { x: 0.5, y: 65 },
        { x: 0.6, y: 78 },
        { x: 0.4, y: 30 },
      ],
      0.005,
    );
    expect(fit?.slope).toBeCloseTo(130, 6);
    expect(fit?.effectivePoints).toBeCloseTo(2, 6);
  });

  it("equals sum y2 / sum xy where no point stands out", () => {
    const points = [
      { x: 0.5, y: 65.1 },
      { x: 0.6, y: 77.9 },
      { x: 0.7, y: 91.05 },
    ];
    const yy = points.reduce((sum, { y }) => sum + y * y, 0);
    const xy = points.reduce((sum, { x, y }) => sum + x * y, 0);
    expect(tukeyInverseRegression(points, 10)?.slope).toBeCloseTo(yy / xy, 4);
  });

  it("scales with y, does not depend on the order, and gives null below two points", () => {
    const point = fc.record({ x: fc.double({ min: 0.1, max: 1, noNaN: true }), y: fc.double({ min: 1, max: 200, noNaN: true }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 20 }), (points) => {
        const fit = tukeyInverseRegression(points, 0.005);
        const doubled = tukeyInverseRegression(
          points.map(({ x, y }) => ({ x, y: 2 * y })),
          0.005,
        );
        expect((doubled?.slope ?? 0) / (fit?.slope ?? 1)).toBeCloseTo(2, 6);
      }),
    );
    expect(tukeyInverseRegression([{ x: 0.5, y: 50 }], 0.005)).toBeNull();
  });
});
