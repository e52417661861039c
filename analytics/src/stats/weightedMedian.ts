/**
 * Weighted median: the smallest value at which half of the weight is reached.
 * Weights are not negative; null for an empty list or zero total weight. O(n log n).
 * Example: values 1, 2, 10 with weights 1, 1, 3 give 10.
 */
export function weightedMedian(points: readonly { readonly value: number; readonly weight: number }[]): number | null {
  const total = points.reduce((sum, point) => sum + point.weight, 0);
  if (!(total > 0)) return null;
  let reached = 0;
  for (const point of [...points].sort((a, b) => a.value - b.value)) {
    reached += point.weight;
    if (reached >= total / 2) return point.value;
  }
  return null;
}
