/**
 * Solves A x = b for a symmetric positive definite A (rows of equal length), by Cholesky factorisation A = L L'. O(n^3 / 6).
 * Source: Golub & Van Loan, Matrix Computations, algorithm 4.2.1. Returns null when A is not positive definite to working precision.
 * Example: [[4, 2], [2, 3]] and [10, 8] give [1.75, 1.5].
 */
export function choleskySolve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const factor = factorise(matrix);
  if (factor === null) return null;
  const forward: number[] = [];
  for (const [i, row] of factor.entries()) forward.push(((right[i] ?? 0) - dot(row, forward, i)) / (row[i] ?? 1));
  const solution = forward.slice();
  for (let i = solution.length - 1; i >= 0; i -= 1) {
    const row = factor[i] ?? [];
    const value = (solution[i] ?? 0) / (row[i] ?? 1);
    solution[i] = value;
    for (let j = 0; j < i; j += 1) solution[j] = (solution[j] ?? 0) - (row[j] ?? 0) * value;
  }
  return solution;
}

/** Rows of L, each only as long as its diagonal. */
function factorise(matrix: readonly (readonly number[])[]): number[][] | null {
  const factor: number[][] = [];
  for (const [i, source] of matrix.entries()) {
    const row: number[] = [];
    for (const [j, above] of factor.entries()) row.push(((source[j] ?? 0) - dot(row, above, j)) / (above[j] ?? 1));
    const rest = (source[i] ?? 0) - dot(row, row, i);
    // A pivot lost to rounding is as bad as a negative one.
    if (!(rest > 1e-13 * Math.abs(source[i] ?? 0))) return null;
    row.push(Math.sqrt(rest));
    factor.push(row);
  }
  return factor;
}

function dot(a: readonly number[], b: readonly number[], length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
