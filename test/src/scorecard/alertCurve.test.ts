import { expect, it } from "vitest";
import { type AlertOutcome, curveMargin, precisionsAt, recallAndPrecision } from "./alertCurve.ts";

const outcome = (probability: number, failure: string | null): AlertOutcome => ({ probability, failure });
const OUTCOMES = [outcome(0.9, "x"), outcome(0.8, "x"), outcome(0.6, null), outcome(0.3, "y")];

it("takes precision over alerts and recall over failures, each failure once", () => {
  expect(recallAndPrecision(OUTCOMES, 4, 0.5)).toEqual({ precision: 2 / 3, recall: 1 / 4 });
  expect(recallAndPrecision(OUTCOMES, 4, 0.95)).toEqual({ precision: 1, recall: 0 });
});

it("measures how far one curve lies above another at its worst", () => {
  const other = [outcome(0.9, "x"), outcome(0.9, null), outcome(0.2, "y"), outcome(0.2, null)];
  // The other has precision 1/2 at recall 1/4 and at 1/2; ours 1 at 1/4 and 3/4 at 1/2.
  expect(curveMargin(OUTCOMES, other, 4)).toBeCloseTo(0.25, 10);
  expect(curveMargin(OUTCOMES, OUTCOMES, 4)).toBe(0);
});

it("tells the best precision at a recall or more, 0 where it is never reached", () => {
  expect(precisionsAt(OUTCOMES, 4, [0.2, 0.5, 0.9])).toEqual([1, 3 / 4, 0]);
});
