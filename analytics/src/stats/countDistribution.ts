import { gammaln } from "simple-statistics";

/**
 * Probability of `count` events where `mean` are expected and their variance is `dispersion` times the mean: Poisson at a
 * dispersion of 1, else negative binomial with size mean / (dispersion - 1). simple-statistics has Poisson only, as a list
 * that ends where it sums to 0.9999; tails matter here. Source: Hilbe, Negative Binomial Regression (2011), ch. 8.
 */
export function countProbability(count: number, mean: number, dispersion = 1): number {
  if (mean <= 0) return count === 0 ? 1 : 0;
  if (dispersion <= 1) return Math.exp(count * Math.log(mean) - mean - gammaln(count + 1));
  const size = mean / (dispersion - 1);
  const combinations = gammaln(count + size) - gammaln(size) - gammaln(count + 1);
  return Math.exp(combinations - size * Math.log(dispersion) + count * Math.log1p(-1 / dispersion));
}

/** Smallest count whose cumulative probability reaches `share` (0..1). */
export function countQuantile(share: number, mean: number, dispersion = 1): number {
  const limit = Math.ceil(mean + 40 * Math.sqrt(mean * dispersion) + 40 * dispersion);
  let cumulative = 0;
  for (let count = 0; count < limit; count++) {
    cumulative += countProbability(count, mean, dispersion);
    if (cumulative >= share) return count;
  }
  return limit;
}
