/**
 * The weighted normal equations of a linear model with an intercept as first coefficient and an optional ridge on the others:
 * matrix = X' W X + penalty (not on the intercept), right = X' W y. Rows are all of one length, without the constant 1.
 * O(n p^2). The base of ridge and logistic regression.
 */
export function normalMatrix(
  rows: readonly (readonly number[])[],
  targets: readonly number[],
  weights: readonly number[] | null,
  penalty: number,
): { readonly matrix: number[][]; readonly right: number[] } {
  const size = (rows[0]?.length ?? 0) + 1;
  const sums = new Float64Array(size * size);
  const right = new Float64Array(size);
  const x = new Float64Array(size);
  for (const [n, row] of rows.entries()) {
    x[0] = 1;
    x.set(row, 1);
    addRow(sums, right, x, targets[n] ?? 0, weights === null ? 1 : (weights[n] ?? 0));
  }
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_unused, j) => (sums[Math.max(i, j) * size + Math.min(i, j)] ?? 0) + (i === j && i > 0 ? penalty : 0)),
  );
  return { matrix, right: Array.from(right) };
}

function addRow(sums: Float64Array, right: Float64Array, x: Float64Array, target: number, weight: number): void {
  const size = x.length;
  for (let i = 0; i < size; i += 1) {
    const scaled = weight * (x[i] ?? 0);
    if (scaled === 0) continue;
    right[i] = (right[i] ?? 0) + scaled * target;
    const start = i * size;
    for (let j = 0; j <= i; j += 1) sums[start + j] = (sums[start + j] ?? 0) + scaled * (x[j] ?? 0);
  }
}
