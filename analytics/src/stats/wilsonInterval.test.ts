import fc from "fast-check";
import { expect, it } from "vitest";
import { wilsonInterval } from "./wilsonInterval.ts";

it("of 8 in 10 is 0.541 to 0.931, by the formula with z = 1.645 worked by hand", () => {
  const [low, high] = wilsonInterval(8, 10);
  expect(low).toBeCloseTo(0.5408, 3);
  expect(high).toBeCloseTo(0.9314, 3);
});

it("of nothing is everything, and of none in n has a low end of 0 and a high end of z^2 / (n + z^2)", () => {
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  const [low, high] = wilsonInterval(0, 20);
  expect(low).toBe(0);
  expect(high).toBeCloseTo(2.7055 / 22.7055, 4);
});

it("holds the share, stays in 0..1, and mirrors", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, part) => {
      const hits = Math.round(part * trials);
      const [low, high] = wilsonInterval(hits, trials);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(hits / trials + 1e-12);
      expect(high).toBeGreaterThanOrEqual(hits / trials - 1e-12);
      expect(1 - wilsonInterval(trials - hits, trials)[1]).toBeCloseTo(low, 9);
    }),
  );
});
