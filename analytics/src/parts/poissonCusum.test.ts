import { describe, expect, it } from "vitest";
import { limitFor, meanRunLength, poissonCusum, USUAL_WATCH } from "./poissonCusum.ts";

describe("the Poisson CUSUM", () => {
  // Mean delay in weeks for +10 / +20 / +50 %, false alarm once in ten years (simulated, methods 5.4).
  it.each([
    { expected: 10, dispersion: 1, delays: [51, 21, 8] },
    { expected: 50, dispersion: 1, delays: [16, 6.5, 2.5] },
    { expected: 100, dispersion: 1, delays: [9.6, 3.8, 1.6] },
    { expected: 100, dispersion: 2, delays: [17, 6.6, 2.5] },
    { expected: 400, dispersion: 1, delays: [3.2, 1.3, 1] },
  ])("finds rises of $expected a week at dispersion $dispersion in the published time", ({ expected, dispersion, delays }) => {
    const watch = { ...USUAL_WATCH, dispersion };
    const limit = limitFor(expected, watch);
    expect(meanRunLength(expected, 1, limit, watch)).toBeGreaterThan(515);
    const found = [1.1, 1.2, 1.5].map((factor) => meanRunLength(expected, factor, limit, watch));
    found.forEach((weeks, i) => {
      expect(weeks / (delays[i] ?? 0)).toBeGreaterThan(0.85);
      expect(weeks / (delays[i] ?? 0)).toBeLessThan(1.2);
    });
  });

  it("alarms on a lasting rise, starts again after it, and rests where nothing is expected", () => {
    const quiet = Array.from({ length: 20 }, () => ({ observed: 100, expected: 100 }));
    const raised = Array.from({ length: 20 }, () => ({ observed: 120, expected: 100 }));
    const weeks = poissonCusum([...quiet, ...raised, { observed: 5, expected: 0 }]);
    const alarms = weeks.flatMap(({ isAlarm }, week) => (isAlarm ? [week] : []));
    expect(alarms[0]).toBeGreaterThanOrEqual(20);
    expect(alarms[0]).toBeLessThan(26);
    expect(alarms.length).toBeGreaterThan(1);
    expect(weeks.at(-1)?.isAlarm).toBe(false);
  });
});
