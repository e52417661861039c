import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import { describe, expect, it } from "vitest";
import type { FadeHistory } from "./fade.ts";
import { crossingOf, forecastFade, learnFadeFleet } from "./fadeForecast.ts";
import { fasterThanPeers } from "./fasterThanPeers.ts";

/** Fade with the root of age, slopes that differ between vehicles, values with lasting and passing errors. */
function vehicle(seed: number, points: number, { slope = null as number | null, bendAt = Number.POSITIVE_INFINITY } = {}): FadeHistory {
  const random = createRandom(seed);
  const own = slope ?? random.normal(-1.6, 0.25);
  let error = 0;
  return Array.from({ length: points }, (_, i) => {
    const month = (28 * i) / 30.4375;
    error = 0.5 * error + random.normal(0, 0.35);
    return { month, sohPct: 101.6 + own * Math.sqrt(month + 1) + error - 1.2 * Math.max(0, month - bendAt) };
  });
}

const fleet = learnFadeFleet(Array.from({ length: 80 }, (_, i) => vehicle(i + 1, 20 + (i % 20))));

describe("forecast of fade", () => {
  it("covers about 80 % of strangers a year ahead, and says more than a straight line of their own", () => {
    const yearAhead = Array.from({ length: 200 }, (_, i) => {
      const whole = vehicle(1000 + i, 30);
      const [from, now, truth] = [whole[0], whole[13], whole[27]];
      if (from === undefined || now === undefined || truth === undefined) throw new Error("too short");
      const at = forecastFade(fleet, whole.slice(0, 14))?.months[Math.round(truth.month - now.month) - 1];
      if (at === undefined) throw new Error("no forecast");
      const onTheLine = now.sohPct + ((now.sohPct - from.sohPct) / (now.month - from.month)) * (truth.month - now.month);
      const isCovered = truth.sohPct >= at.low80Pct && truth.sohPct <= at.high80Pct;
      return { isCovered, error: Math.abs(at.sohPct - truth.sohPct), straight: Math.abs(onTheLine - truth.sohPct) };
    });
    const covered = yearAhead.filter(({ isCovered }) => isCovered).length / yearAhead.length;
    expect(covered).toBeGreaterThan(0.7);
    expect(covered).toBeLessThan(0.92);
    expect(mean(yearAhead.map(({ error }) => error))).toBeLessThan(0.5 * mean(yearAhead.map(({ straight }) => straight)));
  });

  it("brackets the month in which a vehicle crosses a limit, and its interval widens with distance", () => {
    const path = forecastFade(fleet, vehicle(7, 26, { slope: -2 }));
    if (path === null) throw new Error("no path");
    const crossing = crossingOf(path, 88);
    const truth = ((101.6 - 88) / 2) ** 2 - 1 - (28 * 25) / 30.4375;
    expect(crossing.earliest).toBeLessThanOrEqual(truth);
    expect(crossing.latest ?? 999).toBeGreaterThanOrEqual(truth);
    expect(Math.abs((crossing.central ?? 999) - truth)).toBeLessThan(6);
    const widths = path.months.map(({ high80Pct, low80Pct }) => high80Pct - low80Pct);
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(path.isProvisional).toBe(false);
  });

  it("without peers is wide and provisional, and null without a value", () => {
    const path = forecastFade(null, [{ month: 0, sohPct: 98 }]);
    expect(path).toMatchObject({ shape: "prior", peers: 0, isProvisional: true });
    const year = path?.months[35];
    expect((year?.high80Pct ?? 0) - (year?.low80Pct ?? 0)).toBeGreaterThan(5);
    expect(forecastFade(fleet, [])).toBeNull();
    expect(learnFadeFleet([vehicle(1, 10)])).toBeNull();
  });
});

describe("faster than peers", () => {
  it("names few of the healthy and most of those that bend, by two of three tests", () => {
    const isFaster = (history: FadeHistory) => fasterThanPeers(fleet, history)?.isFaster === true;
    const healthy = Array.from({ length: 300 }, (_, i) => vehicle(3000 + i, 24)).filter(isFaster);
    const bent = Array.from({ length: 100 }, (_, i) => vehicle(4000 + i, 24, { bendAt: 17 })).filter(isFaster);
    expect(healthy.length).toBeLessThanOrEqual(3);
    expect(bent.length).toBeGreaterThanOrEqual(80);
  });

  it("says nothing without peers or history", () => {
    expect(fasterThanPeers(null, vehicle(1, 20))).toBeNull();
    expect(fasterThanPeers(fleet, vehicle(1, 4))).toBeNull();
  });
});
