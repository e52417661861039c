import fc from "fast-check";
import { expect, it } from "vitest";
import { logistic, logisticRegression } from "./logisticRegression.ts";
import { linearPredictor } from "./ridgeRegression.ts";

const repeat = (count: number, row: number[]): number[][] => Array.from({ length: count }, () => row);

it("without columns gives the log odds of the share: 3 of 10 is ln(3 / 7)", () => {
  expect(logisticRegression(repeat(10, []), [1, 1, 1, 0, 0, 0, 0, 0, 0, 0], 0)?.intercept).toBeCloseTo(Math.log(3 / 7), 8);
});

it("with one yes-or-no column gives the log odds ratio: 2 of 8 against 6 of 8 is ln 9", () => {
  const model = logisticRegression([...repeat(8, [0]), ...repeat(8, [1])], [1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0], 0);
  expect(model?.intercept).toBeCloseTo(Math.log(1 / 3), 6);
  expect(model?.coefficients[0]).toBeCloseTo(Math.log(9), 6);
});

it("stays finite on separable data when there is a penalty", () => {
  const model = logisticRegression([[-2], [-1], [1], [2]], [0, 0, 1, 1], 0.5);
  expect(model?.coefficients[0]).toBeGreaterThan(0.5);
  expect(model?.coefficients[0]).toBeLessThan(5);
});

it("gives nothing for no rows", () => {
  expect(logisticRegression([], [], 1)).toBeNull();
});

it("predicts on average what happened, since the intercept is not penalised", () => {
  const row = fc.tuple(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }), fc.boolean());
  fc.assert(
    fc.property(fc.array(row, { minLength: 8, maxLength: 40 }), (data) => {
      const outcomes = data.map(([, failed]) => Number(failed));
      const share = outcomes.reduce((sum, y) => sum + y, 0) / outcomes.length;
      // All alike has no finite log odds.
      fc.pre(share > 0 && share < 1);
      const rows = data.map(([x]) => x);
      const model = logisticRegression(rows, outcomes, 1);
      if (model === null) throw new Error("expected a model");
      const predicted = rows.reduce((sum, x) => sum + logistic(linearPredictor(model, x)), 0) / rows.length;
      expect(predicted).toBeCloseTo(share, 4);
    }),
  );
});
