/** The k-th smallest value (k = 1: the minimum), or null when there are fewer than k. O(n log n). `orderStatistic([5, 1, 3], 2)` is 3. */
export function orderStatistic(values: readonly number[], k: number): number | null {
  return [...values].sort((a, b) => a - b)[k - 1] ?? null;
}
