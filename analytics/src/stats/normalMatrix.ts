/** Rows taken at a time: each sum is then read and written once for all of them. */
const BLOCK = 4;
const EMPTY = { x: new Float64Array(0), target: 0, weight: 0 };

/**
 * The weighted normal equations of a linear model with an intercept as first coefficient and an optional ridge on the others:
 * matrix = X' W X + penalty (not on the intercept), right = X' W y. Rows are all of one length, without the constant 1.
 * O(n p^2). The base of ridge and logistic regression.
 */
export function normalMatrix(
  rows: readonly ArrayLike<number>[],
  targets: readonly number[],
  weights: readonly number[] | null,
  penalty: number,
): { readonly matrix: number[][]; readonly right: number[] } {
  const size = (rows[0]?.length ?? 0) + 1;
  const sums = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let n = 0; n < rows.length; n += BLOCK) {
    const block = Array.from({ length: BLOCK }, (_, k) => {
      const x = new Float64Array(size);
      const row = rows[n + k];
      if (row === undefined) return { x, target: 0, weight: 0 };
      x[0] = 1;
      x.set(row, 1);
      return { x, target: targets[n + k] ?? 0, weight: weights === null ? 1 : (weights[n + k] ?? 0) };
    });
    addBlock(sums, right, block);
  }
  const matrix = Array.from({ length: size }, (_, i) =>
    Array.from({ length: size }, (_unused, j) => (sums[Math.max(i, j) * size + Math.min(i, j)] ?? 0) + (i === j && i > 0 ? penalty : 0)),
  );
  return { matrix, right: Array.from(right) };
}

interface WeightedRow {
  readonly x: Float64Array;
  readonly target: number;
  readonly weight: number;
}

/** Adds the rows of a block in their order, so that the sums are those of row by row to the last bit. */
function addBlock(sums: Float64Array, right: Float64Array, block: readonly WeightedRow[]): void {
  const size = right.length;
  const [one = EMPTY, two = EMPTY, three = EMPTY, four = EMPTY] = block;
  for (let i = 0; i < size; i += 1) {
    const [a, b, c, d] = [scaledAt(one, i), scaledAt(two, i), scaledAt(three, i), scaledAt(four, i)];
    if (a === 0 && b === 0 && c === 0 && d === 0) continue;
    right[i] = (right[i] ?? 0) + a * one.target + b * two.target + c * three.target + d * four.target;
    const start = i * size;
    for (let j = 0; j <= i; j += 1) {
      sums[start + j] = (sums[start + j] ?? 0) + a * (one.x[j] ?? 0) + b * (two.x[j] ?? 0) + c * (three.x[j] ?? 0) + d * (four.x[j] ?? 0);
    }
  }
}

function scaledAt({ x, weight }: WeightedRow, i: number): number {
  return weight * (x[i] ?? 0);
}
