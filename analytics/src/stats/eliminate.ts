/**
 * Solves a square system of linear equations by Gaussian elimination with partial pivoting; each row holds its coefficients and
 * then its right side, and is overwritten. A singular system gives NaN. Source: Golub & Van Loan, Matrix Computations, alg. 3.4.1.
 */
export function eliminate(rows: Float64Array[]): Float64Array {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    swap(rows, column, pivotRow(rows, column));
    const pivot = rows[column] ?? new Float64Array(0);
    for (let r = column + 1; r < n; r++) subtract(rows[r] ?? pivot, pivot, column);
  }
  const solution = new Float64Array(n);
  for (let r = n - 1; r >= 0; r--) {
    const row = rows[r] ?? new Float64Array(0);
    let rest = row[n] ?? 0;
    for (let c = r + 1; c < n; c++) rest -= (row[c] ?? 0) * (solution[c] ?? 0);
    solution[r] = rest / (row[r] ?? 0);
  }
  return solution;
}

function pivotRow(rows: readonly Float64Array[], column: number): number {
  let best = column;
  for (let r = column + 1; r < rows.length; r++) {
    if (Math.abs(rows[r]?.[column] ?? 0) > Math.abs(rows[best]?.[column] ?? 0)) best = r;
  }
  return best;
}

function swap(rows: Float64Array[], a: number, b: number): void {
  const [rowA, rowB] = [rows[a], rows[b]];
  if (rowA === undefined || rowB === undefined || a === b) return;
  rows[a] = rowB;
  rows[b] = rowA;
}

function subtract(row: Float64Array, pivot: Float64Array, column: number): void {
  const factor = (row[column] ?? 0) / (pivot[column] ?? 0);
  if (factor === 0) return;
  for (let c = column; c < row.length; c++) row[c] = (row[c] ?? 0) - factor * (pivot[c] ?? 0);
}
