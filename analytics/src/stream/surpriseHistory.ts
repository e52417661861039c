/** A rare score that is not this many times what nine of ten reach is a record of ordinary noise... */
const CLEAR_MULTIPLE = 1.5;
const CLEAR_OF_SHARE = 0.9;
/** ...and counts no more than this. */
const UNCLEAR_DECADES = 2;

/** With fewer earlier scores than this nothing is surprising. */
const FEWEST = 30;
/** An unheard-of score counts one decade per doubling over the highest so far. */
const DECADES_PER_DOUBLING = 1;
/** Where the highest so far was 0 every multiple is infinite; this many doublings are as good as any. */
const MOST_DOUBLINGS = 10;

/**
 * How rare a score is among the last `memory` ones, in decades: -log10 of the conformal p-value (rank + 1) / (n + 1), and beyond
 * the highest so far one decade more per doubling, since n scores alone cannot say more than log10(n + 1). Every noise sets records,
 * so a score that is not half as large again as what nine of ten reach counts two decades at most. Returns a function to feed one
 * score at a time, which is judged by the earlier ones only. Source: Laxhammar & Falkman, conformal anomaly detection, 2010
 * (methods 4.3). Memory: 2 * `memory` numbers, kept sorted; O(memory) moves per score, in one copy.
 * Example: after 1, 2, ..., 99, the score 50.5 answers log10(100 / 50) = 0.30, 120 answers 2 and 198 answers log10(100) + 1 = 3.
 */
export function createSurpriseHistory(memory: number): (score: number) => number {
  const sorted = new Float64Array(memory + 1);
  const arrival = new Float64Array(memory);
  let size = 0;
  let next = 0;
  return (score) => {
    const surprise = size < FEWEST ? 0 : surpriseOf(sorted, size, score);
    if (size === memory) {
      const place = lowerBound(sorted, size, arrival[next] ?? 0);
      sorted.copyWithin(place, place + 1, size);
      size -= 1;
    }
    arrival[next] = score;
    next = (next + 1) % memory;
    const place = lowerBound(sorted, size, score);
    sorted.copyWithin(place + 1, place, size);
    sorted[place] = score;
    size += 1;
    return surprise;
  };
}

function surpriseOf(sorted: Float64Array, size: number, score: number): number {
  const below = lowerBound(sorted, size, score);
  const decades = Math.log10((size + 1) / (size - below + 1));
  if (score < CLEAR_MULTIPLE * (sorted[Math.floor(CLEAR_OF_SHARE * (size - 1))] ?? 0)) return Math.min(decades, UNCLEAR_DECADES);
  const highest = sorted[size - 1] ?? 0;
  // The comparison keeps a constant series, where score and highest are both 0, from dividing them.
  return score > highest ? decades + DECADES_PER_DOUBLING * Math.min(MOST_DOUBLINGS, Math.log2(score / highest)) : decades;
}

/** How many of the first `size` are smaller than `score`. */
function lowerBound(sorted: Float64Array, size: number, score: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < score) low = middle + 1;
    else high = middle;
  }
  return low;
}
