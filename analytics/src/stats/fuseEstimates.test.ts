import fc from "fast-check";
import { expect, it } from "vitest";
import { fuseEstimates } from "./fuseEstimates.ts";

it("weighs by one over the variance: 10 +- 1 and 14 +- 2 give 10.8 +- 2 / sqrt 5", () => {
  const fused = fuseEstimates([
    { mean: 10, sd: 1 },
    { mean: 14, sd: 2 },
  ]);
  expect(fused?.mean).toBeCloseTo(10.8, 10);
  expect(fused?.sd).toBeCloseTo(2 / Math.sqrt(5), 10);
});

it("is null on empty input, and never less certain than the best of its parts", () => {
  expect(fuseEstimates([])).toBeNull();
  const estimate = fc.record({ mean: fc.double({ min: -10, max: 10, noNaN: true }), sd: fc.double({ min: 0.01, max: 10, noNaN: true }) });
  fc.assert(
    fc.property(fc.array(estimate, { minLength: 1, maxLength: 8 }), (estimates) => {
      expect(fuseEstimates(estimates)?.sd).toBeLessThanOrEqual(Math.min(...estimates.map((e) => e.sd)) + 1e-12);
    }),
  );
});
