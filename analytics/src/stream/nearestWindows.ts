export interface WindowSettings {
  /** Values in a window: the shortest shape that can look odd. */
  readonly length: number;
  /** How many nearest earlier windows are asked. */
  readonly neighbours: number;
  /** How many earlier windows are remembered. */
  readonly memory: number;
}

/** With fewer windows to compare with than this, nothing is said. */
const FEWEST = 30;

/**
 * How unlike anything recent the newest window of a series is: the mean distance (root mean square per value, in the series' own
 * unit) to its nearest windows among the last `memory` ones, those that share values with it excepted (a stretch always resembles itself
 * one step ago; the exclusion zone of the matrix profile, Yeh et al., ICDM 2016). Returns a function to feed one value at a time; it answers null until
 * there are 30 windows to compare with. Every value must be finite. Source: the distance of KNN-CAD (Burnaev & Ishimtsev,
 * arXiv 1608.04585) without its matrix, which costs more and scored no better. Memory: 2 (memory + length) + neighbours numbers.
 * Cost: at most memory * length per value, a third of it in practice since far windows are given up early.
 * Example: length 1, neighbours 1: after 30 values of 5, the value 7 answers 2.
 */
export function createNearestWindows({ length, neighbours, memory }: WindowSettings): (value: number) => number | null {
  const capacity = memory + length;
  // Every value is stored twice, a capacity apart, so that a window is one run of numbers wherever the ring stands.
  const ring = new Float64Array(2 * capacity);
  const nearest = new Float64Array(neighbours);
  let count = 0;
  return (value) => {
    const newest = capacity + (count % capacity);
    ring[newest] = value;
    ring[newest - capacity] = value;
    count += 1;
    const farthest = Math.min(memory, count - length);
    const others = farthest - length + 1;
    if (others < FEWEST) return null;
    nearest.fill(Number.POSITIVE_INFINITY);
    for (let back = length; back <= farthest; back += 1) {
      const other = newest - back < capacity ? newest - back + capacity : newest - back;
      keep(nearest, squaredDistance(ring, newest, other, length, nearest[neighbours - 1] ?? 0));
    }
    return meanRoot(nearest, Math.min(neighbours, others)) / Math.sqrt(length);
  };
}

/** Sum of squared differences of the windows that end at two places; anything at or above `limit` once it is passed. */
function squaredDistance(ring: Float64Array, a: number, b: number, length: number, limit: number): number {
  let sum = 0;
  for (let j = 0; j < length && sum < limit; j += 1) {
    const difference = (ring[a - j] ?? 0) - (ring[b - j] ?? 0);
    sum += difference * difference;
  }
  return sum;
}

/** Inserts into an ascending list, dropping its last; does nothing when `distance` is not among the smallest. */
function keep(nearest: Float64Array, distance: number): void {
  let place = nearest.length - 1;
  if (!(distance < (nearest[place] ?? 0))) return;
  while (place > 0 && (nearest[place - 1] ?? 0) > distance) {
    nearest[place] = nearest[place - 1] ?? 0;
    place -= 1;
  }
  nearest[place] = distance;
}

function meanRoot(squares: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += Math.sqrt(squares[i] ?? 0);
  return sum / count;
}
