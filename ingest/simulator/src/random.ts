/**
 * Seeded random numbers. Everything in the simulator derives from integers hashed out of (seed, vehicle, day, second),
 * so that any report can be made again without the ones before it.
 */

/** A stream of random numbers; two streams with the same seed give the same numbers. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  between(low: number, high: number): number;
  /** Integer in [low, high], both ends included. */
  integer(low: number, high: number): number;
  chance(probability: number): boolean;
  normal(mean: number, sd: number): number;
  pick<T>(list: readonly [T, ...T[]]): T;
}

const UINT32 = 4_294_967_296;

/** Hashes two 32-bit integers into one (multiply and xor-shift finaliser); cheap enough for every report. */
export function mix(seed: number, salt: number): number {
  let h = seed ^ Math.imul((salt + 0x9e3779b9) | 0, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The hash of two integers as a uniform number in [0, 1). */
export function mixUnit(seed: number, salt: number): number {
  return mix(seed, salt) / UINT32;
}

/** Creates a stream (mulberry32: 32 bits of state, passes the usual small test batteries). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / UINT32;
  };
  return {
    unit,
    between: (low, high) => low + (high - low) * unit(),
    integer: (low, high) => low + Math.floor((high - low + 1) * unit()),
    chance: (probability) => unit() < probability,
    normal: (mean, sd) => mean + sd * Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit()),
    pick: (list) => list[Math.floor(list.length * unit())] ?? list[0],
  };
}

const NOISE_BITS = 14;

/** Index mask of `NOISE`. */
export const NOISE_MASK = (1 << NOISE_BITS) - 1;

/** Standard normal numbers drawn once; a report reads a run of them from a random start instead of drawing 96 new ones. */
export const NOISE: Float64Array = drawNoise();

function drawNoise(): Float64Array {
  const random = createRandom(0x5eed);
  return Float64Array.from({ length: NOISE_MASK + 1 }, () => random.normal(0, 1));
}
