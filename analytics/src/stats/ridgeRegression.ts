import { choleskySolve } from "./choleskySolve.ts";
import { normalMatrix } from "./normalMatrix.ts";

export interface LinearModel {
  readonly intercept: number;
  readonly coefficients: readonly number[];
}

/**
 * Least squares with a penalty on the squared coefficients (not on the intercept): minimises |y - a - Xb|^2 + penalty |b|^2.
 * Columns should be of like scale. Source: Hoerl & Kennard, Technometrics 12 (1970) 55. O(n p^2 + p^3).
 * Returns null on no rows or a singular system (penalty 0 and collinear columns).
 * Example: y = 1 + 2x exactly, penalty 0, gives intercept 1 and coefficient 2.
 */
export function ridgeRegression(rows: readonly (readonly number[])[], targets: readonly number[], penalty: number): LinearModel | null {
  if (rows.length === 0) return null;
  const { matrix, right } = normalMatrix(rows, targets, null, penalty);
  const solution = choleskySolve(matrix, right);
  if (solution === null) return null;
  const [intercept = 0, ...coefficients] = solution;
  return { intercept, coefficients };
}

/** Intercept plus the weighted sum of `row`; the linear predictor of any model of this shape. */
export function linearPredictor(model: LinearModel, row: readonly number[]): number {
  let sum = model.intercept;
  for (const [i, coefficient] of model.coefficients.entries()) sum += coefficient * (row[i] ?? 0);
  return sum;
}
