/**
 * Random cosine features: inputs mapped so that a linear model of them is a smooth curved one of the inputs, close to Gaussian-process
 * regression with a squared-exponential covariance of the given length. Source: Rahimi & Recht, Random Features for Large-Scale
 * Kernel Machines, NIPS 2007 (free at people.eecs.berkeley.edu/~brecht). O(inputs * count) per row.
 */
export interface CosineFeatures {
  /** The row itself followed by the cosines. */
  of(row: readonly number[]): number[];
}

export interface CosineShape {
  readonly inputs: number;
  readonly count: number;
  /** Distance in input units over which the fitted curve may bend. */
  readonly length: number;
  readonly random: { unit(): number; normal(mean: number, sd: number): number };
}

/** The cosines' common amplitude over sqrt(2 / count): how much of a curve a given penalty lets through, beside the straight part. */
const AMPLITUDE = 4;

/** Fixed directions drawn once from `random`; the same seed gives the same features. */
export function createCosineFeatures({ inputs, count, length, random }: CosineShape): CosineFeatures {
  const waves = Array.from({ length: count }, () => ({
    direction: Array.from({ length: inputs }, () => random.normal(0, 1) / length),
    phase: 2 * Math.PI * random.unit(),
  }));
  const height = AMPLITUDE * Math.sqrt(2 / count);
  const wave = (row: readonly number[], { direction, phase }: (typeof waves)[number]): number =>
    height * Math.cos(direction.reduce((sum, weight, i) => sum + weight * (row[i] ?? 0), phase));
  return { of: (row) => [...row, ...waves.map((one) => wave(row, one))] };
}
