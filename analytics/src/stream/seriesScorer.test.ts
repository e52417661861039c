import fc from "fast-check";
import { expect, it } from "vitest";
import { ALARM_SCORE, createSeriesScorer } from "./seriesScorer.ts";

const alarms = (values: readonly number[]): number[] => {
  const scorer = createSeriesScorer();
  return values.flatMap((value, i) => (scorer(value) >= ALARM_SCORE ? [i] : []));
};

/** A daily wave at 5 minutes, with small reproducible ripples. */
const wave = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => 10 * Math.sin((2 * Math.PI * i) / 288) + Math.sin(i * 7.3) / 4);

it("raises one alarm, at once, for a spike in a wave", () => {
  const values = wave(2000);
  values[1500] = 40;
  expect(alarms(values)).toEqual([1500]);
});

it("finds a day that has lost its shape though every value is an ordinary one", () => {
  const values = wave(2500);
  // Six whole days in, where the wave climbs.
  for (let i = 1728; i < 1900; i += 1) values[i] = values[1727] ?? 0;
  const found = alarms(values).filter((i) => i > 600);
  expect(found[0]).toBeGreaterThanOrEqual(1728);
  expect(found[0]).toBeLessThan(1770);
});

it("is quiet on constants, on a plain wave once it has seen a day, and at the start", () => {
  expect(alarms(Array<number>(3000).fill(7))).toEqual([]);
  expect(alarms(wave(3000)).filter((i) => i > 600)).toEqual([]);
  expect(alarms([1, 100, -100, 1000])).toEqual([]);
});

it("gives the same scores in other units, and skips what is not a number", () => {
  const values = [...wave(400), 25, ...wave(50)];
  const scorers = [createSeriesScorer(), createSeriesScorer(), createSeriesScorer()] as const;
  for (const [i, value] of values.entries()) {
    const score = scorers[0](value);
    expect(scorers[1](value * 1024)).toBe(score);
    if (i % 50 === 0) expect(scorers[2](Number.NaN)).toBe(0);
    expect(scorers[2](value)).toBe(score);
  }
});

it("keeps every score in 0..1 and alarms at least 110 values apart, whatever comes", () => {
  const value = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double());
  fc.assert(
    fc.property(fc.array(value, { minLength: 100, maxLength: 500 }), (values) => {
      const scorer = createSeriesScorer();
      const scores = values.map(scorer);
      expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
      const found = scores.flatMap((score, i) => (score >= ALARM_SCORE && Number.isFinite(values[i]) ? [i] : []));
      for (const [i, at] of found.entries()) expect(at - (found[i - 1] ?? -111)).toBeGreaterThan(110);
    }),
    { numRuns: 30 },
  );
});
