import fc from "fast-check";
import { expect, it } from "vitest";
import { linearPredictor, ridgeRegression } from "./ridgeRegression.ts";

it("is least squares without a penalty: y = 1 + 2 x", () => {
  const model = ridgeRegression([[0], [1], [2]], [1, 3, 5], 0);
  expect(model?.intercept).toBeCloseTo(1, 10);
  expect(model?.coefficients[0]).toBeCloseTo(2, 10);
});

it("shrinks the slope of a centred column to sum xy / (sum x^2 + penalty) and leaves the intercept: 4 / (2 + 2) = 1", () => {
  const model = ridgeRegression([[-1], [0], [1]], [3, 5, 7], 2);
  expect(model?.coefficients[0]).toBeCloseTo(1, 10);
  expect(model?.intercept).toBeCloseTo(5, 10);
});

it("has an answer for collinear columns only with a penalty, and none without rows", () => {
  const rows = [
    [1, 1],
    [2, 2],
    [3, 3],
  ];
  expect(ridgeRegression(rows, [1, 2, 3], 0)).toBeNull();
  expect(ridgeRegression(rows, [1, 2, 3], 0.1)).not.toBeNull();
  expect(ridgeRegression([], [], 1)).toBeNull();
});

it("moves with the targets: adding a constant moves every prediction by it", () => {
  const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 20 }), (data) => {
      const rows = data.map(([x]) => x);
      const plain = ridgeRegression(
        rows,
        data.map(([, y]) => y),
        1,
      );
      const moved = ridgeRegression(
        rows,
        data.map(([, y]) => y + 7),
        1,
      );
      if (plain === null || moved === null) throw new Error("expected two models");
      for (const x of rows) expect(linearPredictor(moved, x)).toBeCloseTo(linearPredictor(plain, x) + 7, 6);
    }),
  );
});
