export interface Estimate {
  readonly mean: number;
  /** Standard deviation, above 0. */
  readonly sd: number;
}

/**
 * One value from independent estimates of it: the mean weighted by 1 / sd^2, and its standard deviation 1 / sqrt(sum 1 / sd^2).
 * The best linear combination; with a prior among the estimates it is the normal Bayesian posterior. Null on empty input. O(n).
 * Source: Gelman et al., Bayesian Data Analysis (free online), section 2.5. 10 +- 1 and 14 +- 2 give 10.8 +- 0.894.
 */
export function fuseEstimates(estimates: readonly Estimate[]): Estimate | null {
  const precision = estimates.reduce((sum, { sd }) => sum + 1 / sd ** 2, 0);
  if (!(precision > 0)) return null;
  return { mean: estimates.reduce((sum, { mean, sd }) => sum + mean / sd ** 2, 0) / precision, sd: 1 / Math.sqrt(precision) };
}
