import { mixUnit } from "@bellwether/simulator/random";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createBaselineShift, SHIFT_ALARM_SCORE } from "./baselineShift.ts";

/** Reproducible noise in -1..1. */
const noise = (i: number, channel: number): number => 2 * mixUnit(i, channel) - 1;

const scores = (rows: readonly (readonly number[])[], baselineRows = 200): number[] => rows.map(createBaselineShift(baselineRows));
const machine = (count: number, shift: (i: number) => number): number[][] =>
  Array.from({ length: count }, (_, i) => [5 + noise(i, 0) + shift(i), 100 + 20 * noise(i, 1), 3]);

it("is quiet on a machine that stays as it was, and scores 0 while it learns", () => {
  const quiet = scores(machine(600, () => 0));
  expect(quiet.slice(0, 200).every((score) => score === 0)).toBe(true);
  expect(quiet.every((score) => score < SHIFT_ALARM_SCORE)).toBe(true);
});

it("alarms within some rows of a shift of one channel by its own width, and stops after the return", () => {
  const found = scores(machine(800, (i) => (i >= 400 && i < 600 ? 1.5 : 0)));
  expect(found.findIndex((score) => score >= SHIFT_ALARM_SCORE)).toBeGreaterThanOrEqual(400);
  expect(found.slice(430, 600).every((score) => score >= SHIFT_ALARM_SCORE)).toBe(true);
  expect(found.slice(660).every((score) => score < SHIFT_ALARM_SCORE)).toBe(true);
});

it("follows a drift of several spreads over thousands of rows without an alarm", () => {
  const drifting = scores(machine(8000, (i) => i / 2000));
  const alarms = drifting.filter((score) => score >= SHIFT_ALARM_SCORE).length;
  expect(alarms / drifting.length).toBeLessThan(0.05);
});

it("survives missing values, also in the first row, and judges nothing without a moving channel", () => {
  const holes = machine(500, () => 0).map((row, i) => (i % 7 === 0 ? row.map(() => Number.NaN) : row));
  expect(scores(holes).every((score) => score >= 0 && score < SHIFT_ALARM_SCORE)).toBe(true);
  expect(scores(Array.from({ length: 300 }, () => [1, 2])).every((score) => score === 0)).toBe(true);
});

it("does not depend on units or offsets", () => {
  fc.assert(
    fc.property(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 1, max: 8 }), (offset, scale) => {
      const rows = machine(300, (i) => (i > 250 ? 1 : 0));
      const plain = scores(rows);
      const moved = scores(rows.map((row) => row.map((value) => value * scale + offset)));
      for (const [i, score] of plain.entries()) expect(moved[i]).toBeCloseTo(score, 5);
    }),
    { numRuns: 20 },
  );
});
