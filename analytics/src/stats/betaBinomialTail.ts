/**
 * Probability of `count` or more successes in `trials` where each unit has a rate of its own, `mean` on average, and two trials of one unit
 * correlate by `rho` (beta-binomial with alpha = mean (1/rho - 1)); rho 0 is the binomial. Source: Skellam, JRSS B 10 (1948) 257. O(trials).
 * Example: mean 0.5, rho 1/3 is uniform over 0..trials, so 3 or more of 4 is 0.4.
 */
export function betaBinomialTail(count: number, trials: number, mean: number, rho: number): number {
  if (count <= 0) return 1;
  if (count > trials || mean <= 0) return 0;
  if (mean >= 1) return 1;
  const size = 1 / Math.max(rho, 1e-9) - 1;
  const [alpha, beta] = [mean * size, (1 - mean) * size];
  let term = 1;
  for (let i = 0; i < trials; i++) term *= (beta + i) / (size + i);
  let tail = 0;
  for (let k = 0; k < trials; k++) {
    term *= ((trials - k) * (alpha + k)) / ((k + 1) * (beta + trials - k - 1));
    if (k + 1 >= count) tail += term;
  }
  return Math.min(1, tail);
}
