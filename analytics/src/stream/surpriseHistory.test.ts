import fc from "fast-check";
import { expect, it } from "vitest";
import { createSurpriseHistory } from "./surpriseHistory.ts";

function after(scores: readonly number[], next: number, memory = 1000): number {
  const surprise = createSurpriseHistory(memory);
  for (const score of scores) surprise(score);
  return surprise(next);
}

const ONE_TO_99 = Array.from({ length: 99 }, (_, i) => i + 1);

it("is the conformal p-value in decades: after 1..99, 50.5 has p = 50/100 and 99 has p = 2/100", () => {
  expect(after(ONE_TO_99, 50.5)).toBeCloseTo(Math.log10(2), 10);
  expect(after(ONE_TO_99, 99)).toBeCloseTo(Math.log10(50), 10);
  // Four of a hundred reach 97, and half as large again as nine of ten is 134: a record, but only just.
  expect(after(ONE_TO_99, 120)).toBeCloseTo(2, 10);
});

it("adds a decade per doubling over the highest so far, ten at most", () => {
  expect(after(ONE_TO_99, 198)).toBeCloseTo(3, 10);
  expect(after(Array<number>(99).fill(0), 1)).toBeCloseTo(12, 10);
});

it("is not surprised by the first thirty, by a constant, or by what it has forgotten to be rare", () => {
  expect(after(ONE_TO_99.slice(0, 29), 1e6)).toBe(0);
  expect(after(Array<number>(99).fill(4), 4)).toBe(0);
  expect(after([...ONE_TO_99, ...Array<number>(40).fill(500)], 400, 40)).toBe(0);
});

it("counts only the last of its memory, and grows with the score", () => {
  const scores = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 40, maxLength: 150 });
  fc.assert(
    fc.property(scores, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 31, max: 60 }), (all, next, memory) => {
      const kept = all.slice(-memory);
      const atLeast = kept.filter((score) => score >= next).length;
      if (atLeast > 0) expect(after(all, next, memory)).toBeCloseTo(Math.log10((kept.length + 1) / (atLeast + 1)), 8);
      expect(after(all, next + 1, memory)).toBeGreaterThanOrEqual(after(all, next, memory));
    }),
  );
});
