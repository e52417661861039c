/** Coefficients of a Chebyshev fit to erfc(z) = t exp(-z² + P(t)), t = 1 / (1 + z / 2). */
const CHEBYSHEV = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277,
];

/**
 * Probability that a standard normal number exceeds `z`, right to a relative 1.2e-7 however far out: false-discovery control lives
 * in tails that `cumulativeStdNormalProbability` of simple-statistics, a table, ends at 0.001 (methods 7.1).
 * Source: Press et al., Numerical Recipes (2nd ed., 1992), section 6.2, erfcc.
 * Example: z = 1.959964 gives 0.025, z = 6 gives 9.866e-10.
 */
export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const t = 1 / (1 + x / 2);
  const exponent = CHEBYSHEV.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const upper = (t * Math.exp(-x * x + exponent)) / 2;
  return z >= 0 ? upper : 1 - upper;
}
