import { countProbability } from "./countDistribution.ts";

const NEGLIGIBLE = 1e-18;

/**
 * Probability of `count` or more events where `mean` are expected (Poisson), summed upwards from `count`, so that small tails are
 * right where 1 minus the cumulative probability would be 0. Mean 0 gives 0 for a positive count. O(sqrt(mean)).
 * Example: 3 or more at mean 1 is 0.080301; 20 or more at mean 1 is 1.587e-19 relative to 1/20! e^-1 (1 + 1/21 + ...).
 */
export function countTail(count: number, mean: number): number {
  if (count <= 0) return 1;
  if (!(mean > 0)) return 0;
  let tail = 0;
  for (let k = count; ; k++) {
    const term = countProbability(k, mean);
    tail += term;
    if (k > mean && term <= Math.max(NEGLIGIBLE * tail, Number.MIN_VALUE)) return Math.min(1, tail);
  }
}
