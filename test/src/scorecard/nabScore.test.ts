import { expect, it } from "vitest";
import { nabSeriesScore, scaledSigmoid } from "./nabScore.ts";

const WINDOW = [500, 599] as const;
const score = (alarms: readonly number[], points = 1000) => nabSeriesScore(points, [WINDOW], (i) => alarms.includes(i));

it("has the sigmoid's values named in NAB's own source: 0.98661 at -1, 0.84828 at -0.5, 0 at 0, -0.98661 at 1, -1 beyond 3", () => {
  expect(scaledSigmoid(-1)).toBeCloseTo(0.98661, 5);
  expect(scaledSigmoid(-0.5)).toBeCloseTo(0.84828, 5);
  expect(scaledSigmoid(0)).toBe(0);
  expect(scaledSigmoid(1)).toBeCloseTo(-0.98661, 5);
  expect(scaledSigmoid(3)).toBe(-1);
});

it("gives -1 per window to the null detector and +1 to the perfect one", () => {
  expect(score([])).toMatchObject({ raw: -1, windows: 1, found: 0, falseAlarms: 0 });
  expect(score([500])).toMatchObject({ raw: 1, windows: 1, found: 1, falseAlarms: 0 });
});

it("counts a window once, by its earliest alarm", () => {
  expect(score([550, 560, 599]).raw).toBeCloseTo(scaledSigmoid(-0.5) / scaledSigmoid(-1), 10);
});

it("takes 0.11 for an alarm before any window or far behind one, less just behind it", () => {
  expect(score([500, 400]).raw).toBeCloseTo(0.89, 10);
  expect(score([500, 950]).raw).toBeCloseTo(0.89, 10);
  expect(score([500, 609]).raw).toBeCloseTo(1 + 0.11 * scaledSigmoid(10 / 99), 10);
});

it("ignores the first 15 %, at most 750 points", () => {
  expect(score([0, 149])).toMatchObject({ raw: -1, falseAlarms: 0 });
  expect(score([150])).toMatchObject({ falseAlarms: 1 });
  expect(nabSeriesScore(20_000, [WINDOW], (i) => i === 749)).toMatchObject({ windows: 0, falseAlarms: 0, raw: 0 });
  expect(nabSeriesScore(20_000, [WINDOW], (i) => i === 750)).toMatchObject({ windows: 0, falseAlarms: 1 });
});
