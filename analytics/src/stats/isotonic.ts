/**
 * The non-decreasing sequence nearest to `values` in least squares: neighbours that fall are pooled into their mean, until none does.
 * Source: Robertson, Wright & Dykstra, Order Restricted Statistical Inference (1988), section 1.2 (pool adjacent violators). O(n).
 * Example: 1, 3, 2, 4 gives 1, 2.5, 2.5, 4.
 */
export function isotonic(values: readonly number[]): number[] {
  const blocks: { sum: number; count: number }[] = [];
  for (const value of values) {
    blocks.push({ sum: value, count: 1 });
    for (let [last, before] = [blocks.at(-1), blocks.at(-2)]; last && before; [last, before] = [blocks.at(-1), blocks.at(-2)]) {
      if (before.sum / before.count <= last.sum / last.count) break;
      blocks.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  }
  return blocks.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count));
}
