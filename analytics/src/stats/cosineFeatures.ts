/**
 * Random cosine features: inputs mapped so that a linear model of them is a smooth curved one of the inputs, close to Gaussian-process
 * regression with a squared-exponential covariance of the given length. Source: Rahimi & Recht, Random Features for Large-Scale
 * Kernel Machines, NIPS 2007 (free at people.eecs.berkeley.edu/~brecht). O(inputs * count) per row.
 */
export interface CosineFeatures {
  /** The row itself followed by the cosines. */
  of(row: readonly number[]): Float64Array;
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
    direction: Float64Array.from({ length: inputs }, () => random.normal(0, 1) / length),
    phase: 2 * Math.PI * random.unit(),
  }));
  const height = AMPLITUDE * Math.sqrt(2 / count);
  return {
    of: (row) => {
      const x = Float64Array.from(row);
      const features = new Float64Array(inputs + count);
      features.set(x);
      for (let k = 0; k < count; k += 1) features[inputs + k] = height * Math.cos(angleOf(x, waves[k]));
      return features;
    },
  };
}

function angleOf(x: Float64Array, wave: { readonly direction: Float64Array; readonly phase: number } | undefined): number {
  if (wave === undefined) return 0;
  const { direction } = wave;
  let angle = wave.phase;
  for (let i = 0; i < direction.length; i += 1) angle += (direction[i] ?? 0) * (x[i] ?? 0);
  return angle;
}
