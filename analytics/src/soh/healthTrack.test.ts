import { createRandom } from "@bellwether/simulator/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advanceTrack, type HealthReading, type HealthTrack, SHOWN_STEP_MAX_PCT, startTrack } from "./healthTrack.ts";

function run(readings: readonly (HealthReading | null)[]): HealthTrack[] {
  const [first, ...rest] = readings;
  const tracks = [startTrack(first ?? { sohPct: 95, sdPct: 2 })];
  for (const reading of rest) tracks.push(advanceTrack(tracks.at(-1) ?? startTrack({ sohPct: 0, sdPct: 1 }), 1, reading));
  return tracks;
}

describe("the shown value", () => {
  it("never moves by more than half a point a week without a cause, whatever is measured", () => {
    const reading = fc.option(
      fc.record({ sohPct: fc.double({ min: 0, max: 140, noNaN: true }), sdPct: fc.double({ min: 0.1, max: 5, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.array(reading, { minLength: 2, maxLength: 60 }), (readings) => {
        const tracks = run(readings);
        for (const [i, track] of tracks.entries()) {
          const before = tracks[i - 1];
          if (before === undefined || track.cause !== null) continue;
          expect(Math.abs(track.shownPct - before.shownPct)).toBeLessThanOrEqual(SHOWN_STEP_MAX_PCT + 1e-9);
        }
      }),
    );
  });

  it("an estimate of 1 % after an update does not reach the reader (CustomGrafanaDashboards#70: 1 % to 31.9 %)", () => {
    const healthy = Array.from({ length: 30 }, () => ({ sohPct: 95, sdPct: 1.5 }));
    const [last] = run([...healthy, { sohPct: 1, sdPct: 1.5 }, { sohPct: 95, sdPct: 1.5 }]).slice(-2);
    expect(last?.shownPct).toBeGreaterThan(94);
  });

  it("a degradation of 10.7 that becomes 3.7 is told as lag in the interval, not as a jump (teslamate#3594)", () => {
    const tracks = run([...Array.from({ length: 20 }, () => ({ sohPct: 89.3, sdPct: 1 })), { sohPct: 96.3, sdPct: 1 }]);
    const [before, after] = tracks.slice(-2);
    expect(Math.abs((after?.shownPct ?? 0) - (before?.shownPct ?? 0))).toBeLessThanOrEqual(0.5);
    expect(after?.shownSdPct).toBeGreaterThan(before?.shownSdPct ?? 9);
  });

  it("follows a replaced module within five weeks and says so", () => {
    const tracks = run([
      ...Array.from({ length: 20 }, () => ({ sohPct: 80, sdPct: 1 })),
      ...Array.from({ length: 8 }, () => ({ sohPct: 92, sdPct: 1 })),
    ]);
    const step = tracks.findIndex((track) => track.cause === "step_confirmed");
    expect(step).toBeGreaterThanOrEqual(22);
    expect(step).toBeLessThanOrEqual(26);
    expect(tracks.at(-1)?.shownPct).toBeGreaterThan(89);
  });

  it("moves at once on a known break, and gives it as the cause", () => {
    const settled = run(Array.from({ length: 20 }, () => ({ sohPct: 90, sdPct: 1 }))).at(-1) ?? startTrack({ sohPct: 0, sdPct: 1 });
    const broken = advanceTrack(settled, 1, { sohPct: 95, sdPct: 1 }, { broken: "bms_software_changed" });
    expect(broken.cause).toBe("bms_software_changed");
    expect(broken.shownPct).toBeGreaterThan(94);
    expect(broken.slopePctPerWeek).toBe(settled.slopePctPerWeek);
  });

  it("falls with time while nothing is measured, and its interval widens", () => {
    const tracks = run([{ sohPct: 95, sdPct: 1 }, ...Array.from({ length: 10 }, () => null)]);
    expect(tracks.at(-1)?.shownPct).toBeLessThan(95);
    expect(tracks.at(-1)?.shownSdPct).toBeGreaterThan(1);
  });
});

it("the filter is nearer to the truth than the weeks, and its 80 % interval covers it about as often as it says", () => {
  let [covered, weeks, error, raw] = [0, 0, 0, 0];
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = createRandom(seed);
    const truth = Array.from({ length: 100 }, (_, week) => 98 - 0.08 * week);
    const readings = truth.map((sohPct) => ({ sohPct: sohPct + random.normal(0, 1.5), sdPct: 1.5 }));
    for (const [i, track] of run(readings).entries()) {
      if (i < 10) continue;
      weeks += 1;
      error += Math.abs(track.shownPct - (truth[i] ?? 0));
      raw += Math.abs((readings[i]?.sohPct ?? 0) - (truth[i] ?? 0));
      if (Math.abs(track.shownPct - (truth[i] ?? 0)) <= 1.2816 * track.shownSdPct) covered += 1;
    }
  }
  expect(error).toBeLessThan(0.5 * raw);
  expect(covered / weeks).toBeGreaterThan(0.75);
});
