import { weightedLinearRegression } from "simple-statistics";

/**
 * Local linear regression: the height at `x` of the line fitted to the points with Gaussian weights of standard deviation
 * `bandwidth` (units of x). Unlike a moving average it does not bend at the ends and reproduces straight lines exactly.
 * Source: Fan & Gijbels, Local Polynomial Modelling, section 2.1. Null for no points; one point gives its own height. O(n).
 */
export function localLine(points: readonly (readonly [x: number, y: number])[], x: number, bandwidth: number): number | null {
  const near = points.filter(([at]) => Math.abs(at - x) <= REACH * bandwidth);
  const used = near.length >= 2 ? near : points;
  if (used.length === 0) return null;
  // Weights are relative to the nearest point, so that points all far away do not underflow to zero weight.
  const nearest = Math.min(...used.map(([at]) => Math.abs(at - x)));
  const weights = used.map(([at]) => Math.exp(-0.5 * (((at - x) ** 2 - nearest ** 2) / bandwidth ** 2)));
  const { m, b } = weightedLinearRegression(
    used.map(([at, y]) => [at - x, y]),
    weights,
  );
  return Number.isFinite(m) ? b : (used[0]?.[1] ?? null);
}

/** Beyond four standard deviations a weight is below 0.04 %. */
const REACH = 4;
