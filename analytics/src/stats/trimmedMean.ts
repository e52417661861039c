import { mean } from "simple-statistics";

/**
 * Mean without the `share` (0 to below 0.5, rounded to whole values) smallest and as many largest values: a centre that a
 * single odd vehicle cannot pull. Share 0 is the mean; empty input gives null. O(n log n).
 * Source: Huber & Ronchetti, Robust Statistics, section 3.3. `trimmedMean([1, 2, 3, 100], 0.25)` is 2.5.
 */
export function trimmedMean(values: readonly number[], share: number): number | null {
  const cut = Math.min(Math.round(share * values.length), Math.floor((values.length - 1) / 2));
  const kept = [...values].sort((a, b) => a - b).slice(cut, values.length - cut);
  return kept.length === 0 ? null : mean(kept);
}
