import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom, mix, mixUnit, NOISE } from "./random.ts";

/** Pearson's chi-square of counts that should be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

function histogram(draw: (i: number) => number, draws: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < draws; i++) {
    const bin = Math.floor(draw(i) * bins);
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

/** Upper 10⁻⁶ point of chi-square with 63 degrees of freedom. */
const CHI_SQUARE_63 = 128;

describe("random numbers", () => {
  it("are the same for the same seed and stay in their ranges", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat(100), (seed, low, width) => {
        const [a, b] = [createRandom(seed), createRandom(seed)];
        for (let i = 0; i < 20; i++) {
          expect(a.unit()).toBe(b.unit());
          const drawn = a.integer(low, low + width);
          expect(b.integer(low, low + width)).toBe(drawn);
          expect(drawn).toBeGreaterThanOrEqual(low);
          expect(drawn).toBeLessThanOrEqual(low + width);
        }
      }),
    );
  });

  it("are uniform, as a stream and as hashes of consecutive numbers, for every seed tried", () => {
    for (let seed = 0; seed < 12; seed++) {
      const random = createRandom(seed);
      expect(chiSquare(histogram(random.unit, 20_000, 64))).toBeLessThan(CHI_SQUARE_63);
      expect(chiSquare(histogram((i) => mixUnit(seed, i), 20_000, 64))).toBeLessThan(CHI_SQUARE_63);
      expect(chiSquare(histogram((i) => mixUnit(mix(i, 7), seed), 20_000, 64))).toBeLessThan(CHI_SQUARE_63);
    }
  });

  it("have no lag-one correlation", () => {
    const random = createRandom(3);
    const drawn = Array.from({ length: 20_000 }, () => random.unit() - 0.5);
    const product = drawn.slice(1).reduce((sum, x, i) => sum + x * (drawn[i] ?? 0), 0) / drawn.length / (1 / 12);
    expect(Math.abs(product)).toBeLessThan(4 / Math.sqrt(drawn.length));
  });

  it("are standard normal in the noise table", () => {
    const mean = NOISE.reduce((a, b) => a + b, 0) / NOISE.length;
    const variance = NOISE.reduce((a, b) => a + (b - mean) ** 2, 0) / NOISE.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(variance).toBeCloseTo(1, 1);
  });
});
