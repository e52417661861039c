import { createRandom } from "@bellwether/simulator/random";
import { mean, median } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { poissonCusum, USUAL_WATCH } from "./poissonCusum.ts";
import { FALSE_ALARM_EVERY_WEEKS, type RateSeries, type RateWeek, watchRate, weekCounts } from "./rateWatch.ts";

const SETTINGS = { leadWeeks: 6, partShare: 1 };
const VEHICLES = 10_000;

function poisson(mean: number, random: { unit(): number }): number {
  // Knuth in pieces, so that exp does not vanish.
  let events = 0;
  for (let rest = mean; rest > 0; rest -= 20) {
    const limit = Math.exp(-Math.min(20, rest));
    for (let product = random.unit(); product > limit; product *= random.unit()) events += 1;
  }
  return events;
}

function seriesOf(events: readonly number[]): RateSeries {
  const weeks = events.map((count, i) => ({
    week: new Date(Date.parse("2020-01-06") + i * 7 * 86_400_000).toISOString().slice(0, 10),
    events: count,
    vehicleWeeks: VEHICLES,
  }));
  return { kind: "code", family: "obd:P0A80", model: "M1", region: "", weeks };
}

function alarmWeeks(weeks: readonly RateWeek[]): readonly number[] {
  const judged = poissonCusum(weekCounts(weeks, 0.01), { ...USUAL_WATCH, falseAlarmEveryWeeks: FALSE_ALARM_EVERY_WEEKS });
  return judged.flatMap(({ isAlarm }, week) => (isAlarm ? [week] : []));
}

describe("watchRate", () => {
  it("finds +10 % of 100 events a week within ten weeks, and cries less than once in ten quiet years", () => {
    const random = createRandom(11);
    const delays = Array.from({ length: 40 }, () => {
      const weeks = seriesOf(Array.from({ length: 200 }, (_, i) => poisson(i < 150 ? 100 : 110, random))).weeks;
      return alarmWeeks(weeks).find((week) => week >= 150) ?? 250;
    });
    expect(median(delays) - 149).toBeLessThanOrEqual(10);
    const quiet = Array.from({ length: 60 }, () => {
      const weeks = seriesOf(Array.from({ length: 640 }, () => poisson(100, random))).weeks;
      return alarmWeeks(weeks).filter((week) => week >= 120).length;
    });
    expect(mean(quiet)).toBeLessThanOrEqual(1);
  });

  it("says since when, how much with an interval, and how many parts", () => {
    const events = [...Array.from({ length: 60 }, () => 50), ...Array.from({ length: 8 }, () => 75)];
    const found = watchRate(seriesOf(events), 0.005, { leadWeeks: 4, partShare: 0.5 });
    expect(found.state).toBe("raised");
    expect(found.rise?.ratio).toBeGreaterThan(1.3);
    expect(found.rise?.low).toBeLessThan(found.rise?.ratio ?? 0);
    expect(found.rise?.high).toBeGreaterThan(found.rise?.ratio ?? 9);
    // 75 a week, half of them need the part, four weeks: about 150.
    expect(found.stock?.central).toBeGreaterThan(140);
    expect(found.stock?.high).toBeGreaterThan(found.stock?.central ?? 0);
  });

  it("says nothing from a short or an empty history", () => {
    expect(watchRate(seriesOf([50, 60, 200]), 0.005, SETTINGS).state).toBe("not_evaluated");
    expect(watchRate(seriesOf(Array.from({ length: 80 }, () => 0)), 0, SETTINGS).state).toBe("not_evaluated");
  });
});
