import { choleskySolve } from "./choleskySolve.ts";
import { normalMatrix } from "./normalMatrix.ts";
import { type LinearModel, linearPredictor } from "./ridgeRegression.ts";

const ITERATIONS = 25;
/** Keeps the system regular where columns are nearly collinear; far below any coefficient of interest. */
const PENALTY = 1e-9;

/**
 * Linear regression by least absolute deviations: it goes through the middle of the points, so a vehicle that left the others
 * pulls it no further than one that is just outside. By iteratively reweighted least squares, residuals below `floor` (the scale
 * under which differences do not matter) counted as that. Source: Schlossmacher, JASA 68 (1973) 857. O(25 n p^2).
 * Null on no rows or collinear columns. Example: points (0, 0), (1, 1), (2, 2), (3, 3), (4, 20) with floor 0.01 give intercept 0, slope 1.
 */
export function leastAbsolute(rows: readonly (readonly number[])[], targets: readonly number[], floor: number): LinearModel | null {
  if (rows.length === 0) return null;
  let weights: readonly number[] | null = null;
  let model: LinearModel | null = null;
  for (let i = 0; i < ITERATIONS; i += 1) {
    const { matrix, right } = normalMatrix(rows, targets, weights, PENALTY);
    const solution = choleskySolve(matrix, right);
    if (solution === null) return null;
    const [intercept = 0, ...coefficients] = solution;
    const fitted: LinearModel = { intercept, coefficients };
    weights = rows.map((row, n) => 1 / Math.max(floor, Math.abs((targets[n] ?? 0) - linearPredictor(fitted, row))));
    model = fitted;
  }
  return model;
}
