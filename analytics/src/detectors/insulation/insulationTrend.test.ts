import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { type InsulationDay, insulationTrend } from "./insulationTrend.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const LIMIT = { limitOhmPerV: 500 };

function days(n: number, of: (i: number) => { ohmPerV: number; isCensored?: boolean }): InsulationDay[] {
  return Array.from({ length: n }, (_, i) => ({
    day: new Date(START + i * 86_400_000).toISOString().slice(0, 10),
    isCensored: false,
    ...of(i),
  }));
}
const noise = (i: number) => 1 + 0.04 * Math.sin(i * 12.9898);

describe("the trend of insulation", () => {
  it("says when a steady fall passes the limit", () => {
    // A decade in 60 days from 20,000: 500 after 96 days.
    const trend = insulationTrend(
      days(50, (i) => ({ ohmPerV: 20_000 * 10 ** (-i / 60) * noise(i) })),
      LIMIT,
    );
    expect(trend).toMatchObject({ kind: "falling" });
    if (trend.kind !== "falling") return;
    expect(trend.daysToLimit).toBeGreaterThan(42);
    expect(trend.daysToLimit).toBeLessThan(52);
    expect(trend.earliestDays).toBeLessThan(trend.daysToLimit);
    expect(trend.latestDays).toBeGreaterThan(trend.daysToLimit);
    expect(trend.decadesPerMonth).toBeCloseTo(-0.5, 1);
  });

  it("takes rain for rain", () => {
    const trend = insulationTrend(
      days(50, (i) => ({ ohmPerV: (i % 9 < 2 ? 2500 : 6000) * noise(i) })),
      LIMIT,
    );
    expect(trend.kind).toBe("steady");
  });

  it("stays quiet through a wet season of spells, evaluated every day, and still sees wear in the same weather", () => {
    // Without the two fortnights six of these forty alarm: wet half of the time in spells of four days.
    const evenings = (seed: number, fallPerDay: number) => {
      const random = createRandom(seed);
      const [dry, wetFactor] = [10 ** random.between(3.9, 4.8), random.between(0.3, 0.6)];
      let isWet = false;
      const season = days(70, (i) => {
        isWet = random.unit() < 0.75 ? isWet : random.unit() < 0.5;
        return { ohmPerV: dry * (isWet ? wetFactor : 1) * 10 ** (-fallPerDay * i) * Math.exp(random.normal(0, 0.04)) };
      });
      return season.map((_, i) => {
        const trend = insulationTrend(season.slice(Math.max(0, i - 60), i + 1), LIMIT);
        return trend.kind === "falling" && trend.daysToLimit < 90;
      });
    };
    const seeds = Array.from({ length: 40 }, (_, i) => 700 + i);
    expect(seeds.filter((seed) => evenings(seed, 0).some(Boolean)).length).toBeLessThanOrEqual(2);
    expect(seeds.filter((seed) => evenings(seed, 1 / 60).some(Boolean)).length).toBe(40);
  });

  it("does not read a trend from a saturated meter", () => {
    expect(
      insulationTrend(
        days(50, () => ({ ohmPerV: 14_000, isCensored: true })),
        LIMIT,
      ),
    ).toEqual({ kind: "not_evaluated", reason: "saturated" });
    const late = days(50, (i) =>
      i < 30 ? { ohmPerV: 14_000, isCensored: true } : { ohmPerV: 14_000 * 10 ** (-(i - 29) / 40) * noise(i) },
    );
    expect(insulationTrend(late, LIMIT).kind).toBe("falling");
  });

  it("gives the reason where there is too little", () => {
    expect(insulationTrend([], LIMIT)).toEqual({ kind: "not_evaluated", reason: "no_insulation" });
    expect(
      insulationTrend(
        days(5, () => ({ ohmPerV: 900 })),
        LIMIT,
      ),
    ).toEqual({ kind: "not_evaluated", reason: "too_few_usable_days" });
  });
});
