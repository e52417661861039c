import { median } from "simple-statistics";
import { weightedMedian } from "./weightedMedian.ts";

export interface InverseRegression {
  /** y per unit of x. */
  readonly slope: number;
  /** Relative standard error of the slope from the scatter of x. */
  readonly relativeError: number;
  /** Robust standard deviation of the residuals x - y / slope, in units of x. */
  readonly scatter: number;
  /** Sum of the final weights: how many points count in effect. */
  readonly effectivePoints: number;
}

/** Tukey's constant for 95 % efficiency on normal errors. */
const TUKEY = 4.685;
/** A MAD times this estimates a normal standard deviation. */
const MAD_TO_SD = 1.4826;
const ITERATIONS = 15;

/**
 * Robust inverse regression through the origin: y = slope * x where x carries the error (state of charge) and y hardly any
 * (counted charge), so x is regressed on y: slope = sum w y^2 / sum w x y, with Tukey biweights on the residual x - y / slope.
 * Starts at the median of y/x weighted by y^2; 15 iterations. Source: methods 1.3; Huber & Ronchetti, Robust Statistics, ch. 7.
 * `scatterFloor` (units of x) keeps a handful of lucky points from claiming certainty. O(15 n).
 * Returns null for fewer than two points with x > 0 and y > 0.
 * Example: (0.5, 65), (0.6, 78), (0.4, 30) with floor 0.005 gives slope 130: the third lost charge and gets weight 0.
 */
export function tukeyInverseRegression(
  points: readonly { readonly x: number; readonly y: number }[],
  scatterFloor: number,
): InverseRegression | null {
  const usable = points.filter(({ x, y }) => x > 0 && y > 0);
  const start = weightedMedian(usable.map(({ x, y }) => ({ value: y / x, weight: y * y })));
  if (usable.length < 2 || start === null) return null;
  let slope = start;
  let scatter = scatterFloor;
  let weights = usable.map(() => 1);
  for (let i = 0; i < ITERATIONS; i += 1) {
    const residuals = usable.map(({ x, y }) => x - y / slope);
    scatter = Math.max(scatterFloor, MAD_TO_SD * median(residuals.map(Math.abs)));
    weights = residuals.map((residual) => biweight(residual / (TUKEY * scatter)));
    const yy = weightedSum(usable, weights, ({ y }) => y * y);
    const xy = weightedSum(usable, weights, ({ x, y }) => x * y);
    if (xy <= 0) break;
    slope = yy / xy;
  }
  const information = weightedSum(usable, weights, ({ x }) => x * x);
  return {
    slope,
    relativeError: information > 0 ? scatter / Math.sqrt(information) : Number.POSITIVE_INFINITY,
    scatter,
    effectivePoints: weights.reduce((sum, weight) => sum + weight, 0),
  };
}

function biweight(u: number): number {
  return Math.abs(u) >= 1 ? 0 : (1 - u * u) ** 2;
}

function weightedSum<T>(points: readonly T[], weights: readonly number[], of: (point: T) => number): number {
  return points.reduce((sum, point, i) => sum + (weights[i] ?? 0) * of(point), 0);
}
