/**
 * Which hypotheses to reject so that of the rejected ones at most a share `q` is expected to be false: all up to the largest k with
 * p₍k₎ <= q k / m. Valid for independent and positively dependent p-values. Same order and length as `pValues`. O(m log m).
 * Source: Benjamini & Hochberg, JRSS B 57 (1995) 289; their example (15 p-values, q = 0.05) rejects the four smallest.
 */
export function benjaminiHochberg(pValues: readonly number[], q: number): boolean[] {
  const sorted = pValues.toSorted((a, b) => a - b);
  const last = sorted.findLastIndex((p, i) => p <= (q * (i + 1)) / sorted.length);
  const limit = last < 0 ? -1 : (sorted[last] ?? -1);
  return pValues.map((p) => p <= limit);
}
