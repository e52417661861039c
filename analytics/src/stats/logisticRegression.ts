import { choleskySolve } from "./choleskySolve.ts";
import { normalMatrix } from "./normalMatrix.ts";
import { type LinearModel, linearPredictor } from "./ridgeRegression.ts";

const ITERATIONS = 25;
const TOLERANCE = 1e-8;
/** Keeps the working weights away from 0, where one step would throw the fit to infinity. */
const WEIGHT_FLOOR = 1e-6;

/** Probability of a linear predictor: 1 / (1 + exp(-x)). */
export function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Logistic regression with a ridge, by iteratively reweighted least squares: P(y = 1) = logistic(a + xb). With one row per unit
 * and interval at risk this is the discrete-time hazard (methods A11). `outcomes` are 0 or 1. The ridge makes separable data
 * finite. Source: McCullagh & Nelder, Generalized Linear Models, 2.5; O(iterations * n p^2). Returns null on no rows.
 * Example: no columns, 3 of 10 outcomes 1: intercept ln(3/7) = -0.847.
 */
export function logisticRegression(rows: readonly (readonly number[])[], outcomes: readonly number[], penalty: number): LinearModel | null {
  if (rows.length === 0) return null;
  let model: LinearModel = { intercept: 0, coefficients: (rows[0] ?? []).map(() => 0) };
  for (let i = 0; i < ITERATIONS; i += 1) {
    const next = step(model, rows, outcomes, penalty);
    if (next === null) return model;
    const change = largestChange(model, next);
    model = next;
    if (change < TOLERANCE) break;
  }
  return model;
}

function step(model: LinearModel, rows: readonly (readonly number[])[], outcomes: readonly number[], penalty: number): LinearModel | null {
  const predictors = rows.map((row) => linearPredictor(model, row));
  const weights = predictors.map((x) => Math.max(WEIGHT_FLOOR, logistic(x) * (1 - logistic(x))));
  const working = predictors.map((x, n) => x + ((outcomes[n] ?? 0) - logistic(x)) / (weights[n] ?? 1));
  const { matrix, right } = normalMatrix(rows, working, weights, penalty);
  const solution = choleskySolve(matrix, right);
  if (solution === null) return null;
  const [intercept = 0, ...coefficients] = solution;
  return { intercept, coefficients };
}

function largestChange(a: LinearModel, b: LinearModel): number {
  return a.coefficients.reduce(
    (largest, value, i) => Math.max(largest, Math.abs(value - (b.coefficients[i] ?? 0))),
    Math.abs(a.intercept - b.intercept),
  );
}
