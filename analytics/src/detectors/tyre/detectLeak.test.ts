import { createRandom } from "@bellwether/simulator/random";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detectLeaks } from "./detectLeak.ts";
import { findInflations } from "./inflations.ts";
import { type PerWheel, pressureAt25, relativePressures, type TyreDay } from "./tyreDay.ts";

interface Course {
  readonly seed?: number;
  readonly days?: number;
  /** Loss per wheel, kPa a day. */
  readonly loss: PerWheel<number>;
  /** kPa added to each wheel from a day on. */
  readonly added?: readonly { readonly day: number; readonly kpa: PerWheel<number> }[];
  readonly noiseKpa?: number;
}

/** Days as a car reports them: noise of its own per tyre, and one of all together (weather, warmth). */
function daysOf({ seed = 1, days = 60, loss, added = [], noiseKpa = 0.8 }: Course): TyreDay[] {
  const random = createRandom(seed);
  return Array.from({ length: days }, (_, day) => {
    const common = random.normal(0, 2);
    const kpa = (w: 0 | 1 | 2 | 3): number =>
      250 - loss[w] * day + added.filter((one) => one.day <= day).reduce((sum, one) => sum + one.kpa[w], 0) + random.normal(0, noiseKpa);
    const four: PerWheel<number> = [kpa(0), kpa(1), kpa(2), kpa(3)];
    const [a, b, c, d] = four;
    return { dayNumber: 20_000 + day, coldKpa: [a + common, b + common, c + common, d + common], relativeKpa: relativePressures(four) };
  });
}

/** Day on which a leak is first stated, or null. */
function firstAlarm(days: readonly TyreDay[]): number | null {
  for (let i = 1; i <= days.length; i++) if (detectLeaks(days.slice(0, i)).leaks.length > 0) return i - 1;
  return null;
}

const NATURAL: PerWheel<number> = [0.12, 0.15, 0.11, 0.16];

describe("pressureAt25", () => {
  it("follows Gay-Lussac's law", () => {
    expect(pressureAt25(250, 25)).toBeCloseTo(250, 9);
    expect(pressureAt25(250, 5)).toBeCloseTo((351.3 * 298.15) / 278.15 - 101.3, 9);
  });
});

describe("detectLeaks", () => {
  it("finds 1 kPa a day within two weeks, and names the wheel and the rate", () => {
    const found = Array.from({ length: 41 }, (_, seed) => firstAlarm(daysOf({ seed, loss: [0.12, 0.15, 0.11, 1.16] })) ?? 99);
    expect(found.sort((a, b) => a - b)[20]).toBeLessThanOrEqual(14);
    const [leak] = detectLeaks(daysOf({ loss: [0.12, 0.15, 0.11, 1.16], days: 30 })).leaks;
    expect(leak).toMatchObject({ wheel: "RR", pace: "fast" });
    expect(leak?.lossKpaPerDay).toBeGreaterThan(0.8);
    expect(leak?.lossKpaPerDay).toBeLessThan(1.2);
  });

  it("says nothing of natural loss, of half a year of it, and of weather", () => {
    for (let seed = 0; seed < 12; seed++) expect(firstAlarm(daysOf({ seed, loss: NATURAL, days: 120 })), `seed ${seed}`).toBeNull();
  }, 30_000);

  it("judges the rate after an inflation only, and counts it", () => {
    const filled = daysOf({ loss: NATURAL, days: 60, added: [{ day: 40, kpa: [25, 25, 25, 25] }] });
    expect(detectLeaks(filled)).toMatchObject({ leaks: [], inflations: [{ dayNumber: 20_040, wheels: ["FL", "FR", "RL", "RR"] }] });
    const topped = daysOf({ loss: [0.12, 0.9, 0.11, 0.16], days: 45, added: [{ day: 22, kpa: [0, 20, 0, 0] }] });
    expect(findInflations(topped)).toMatchObject([{ dayNumber: 20_022, wheels: ["FR"] }]);
    expect(detectLeaks(topped).leaks).toMatchObject([{ wheel: "FR", sinceDayNumber: 20_022 }]);
  });

  it("finds a slow loss of weeks by the tyre's own cold pressure", () => {
    const days = daysOf({ loss: [0.2, 0.22, 0.2, 0.38], days: 70 });
    expect(detectLeaks(days).leaks).toMatchObject([{ wheel: "RR", pace: "slow" }]);
  });

  it("does not take two steps down for a leak: wheels changed about and the others pumped up a few days later", () => {
    const added = [14, 20].map((day) => ({ day, kpa: [-4, 0, 0, 0] as const }));
    const alarms = Array.from({ length: 20 }, (_, seed) => firstAlarm(daysOf({ seed, loss: NATURAL, days: 40, added })));
    expect(alarms.filter((day) => day !== null).length).toBeLessThanOrEqual(2);
  });

  it("does not call four tyres that fall together a leak", () => {
    expect(detectLeaks(daysOf({ loss: [0.5, 0.5, 0.5, 0.5], days: 60, noiseKpa: 0.4 })).leaks).toEqual([]);
  });

  it("does not depend on the level, never throws, and stays silent on empty input", () => {
    expect(detectLeaks([])).toEqual({ leaks: [], inflations: [] });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.double({ min: -80, max: 200, noNaN: true }), (seed, shift) => {
        const days = daysOf({ seed, loss: [0.1, 0.1, 1.2, 0.1], days: 21 });
        const moved = days.map((day): TyreDay => {
          const [a, b, c, d] = day.coldKpa ?? [0, 0, 0, 0];
          return { ...day, coldKpa: [a + shift, b + shift, c + shift, d + shift] };
        });
        expect(detectLeaks(moved).leaks.map(({ wheel }) => wheel)).toEqual(detectLeaks(days).leaks.map(({ wheel }) => wheel));
      }),
      { numRuns: 50 },
    );
  });
});
