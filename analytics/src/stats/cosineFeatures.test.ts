import { createRandom } from "@bellwether/simulator/random";
import { expect, it } from "vitest";
import { createCosineFeatures } from "./cosineFeatures.ts";

const shape = { inputs: 2, count: 4000, length: 1.5 };

it("products of two rows' cosines come near the squared-exponential covariance", () => {
  const features = createCosineFeatures({ ...shape, random: createRandom(3) });
  const [a, b] = [
    [0.3, -0.2],
    [1.1, 0.4],
  ].map((row) => [...features.of(row)].slice(2));
  const product = (a ?? []).reduce((sum, value, i) => sum + value * (b?.[i] ?? 0), 0) / 16;
  expect(product).toBeCloseTo(Math.exp(-(0.8 ** 2 + 0.6 ** 2) / (2 * 1.5 ** 2)), 1);
});

it("keeps the row in front and gives the same features for the same seed", () => {
  const [first, second] = [1, 2].map(() => createCosineFeatures({ ...shape, count: 3, random: createRandom(3) }).of([5, 6]));
  expect([...(first ?? [])].slice(0, 2)).toEqual([5, 6]);
  expect(first).toEqual(second);
});
