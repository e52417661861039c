import { describe, expect, test } from "vitest";
import { drawArm } from "./holdout.ts";
import { proofOf } from "./report.ts";
import { type ArmSums, conversionRatio, reportRatio, totalVehicles, vehiclesForRates, vehiclesForShares } from "./uplift.ts";

describe("the draw", () => {
  const options = { share: 0.1, salt: "s" };
  const vins = Array.from({ length: 20_000 }, (_, i) => `VIN${i}`);

  test("is the same whenever it is made, and holds back the share it should", () => {
    expect(drawArm({ vin: "V", ruleId: "r" }, options)).toEqual(drawArm({ vin: "V", ruleId: "r" }, options));
    const held = vins.filter((vin) => drawArm({ vin, ruleId: "r" }, options).arm === "held").length;
    // 3 standard deviations of a binomial with 20,000 draws at 10 %.
    expect(Math.abs(held - 2000)).toBeLessThan(127);
    expect(vins.some((vin) => drawArm({ vin, ruleId: "r" }, { ...options, share: 0 }).arm === "held")).toBe(false);
  });

  test("of one rule says nothing about another's, and a larger share keeps who was held", () => {
    const held = (ruleId: string, share = 0.1) =>
      new Set(vins.filter((vin) => drawArm({ vin, ruleId }, { share, salt: "s" }).arm === "held"));
    const ofB = held("b");
    const both = [...held("a")].filter((vin) => ofB.has(vin)).length;
    expect(Math.abs(both - 200)).toBeLessThan(45);
    const more = held("a", 0.2);
    expect([...held("a")].every((vin) => more.has(vin))).toBe(true);
  });
});

describe("sample sizes per equal arm, two-sided 5 %, power 80 %", () => {
  // Published values, rounded to three figures: rates with overdispersion 1.5 and 19 % fewer, shares with 28 % more.
  test.each([
    [0.02, 29_600],
    [0.05, 11_800],
    [0.1, 5_900],
    [0.2, 3_000],
    [0.5, 1_200],
  ])("rate %f: %i", (baseRate, vehicles) => {
    expect(vehiclesForRates({ baseRate, ratio: 0.81, phi: 1.5 }) / vehicles).toBeCloseTo(1, 1);
  });
  test.each([
    [0.01, 22_600],
    [0.02, 11_200],
    [0.05, 4_300],
    [0.1, 2_020],
    [0.2, 880],
  ])("share %f: %i", (baseShare, vehicles) => {
    expect(vehiclesForShares({ baseShare, ratio: 1.28 }) / vehicles).toBeCloseTo(1, 1);
  });
  test("holding back a tenth takes 2.8 times two equal arms", () => {
    expect(totalVehicles(1000, 0.1) / 2000).toBeCloseTo(2.78, 2);
    expect(totalVehicles(1000, 0.2) / 2000).toBeCloseTo(1.56, 2);
  });
});

describe("ratios", () => {
  const sums = (vehicles: number, reports: number, converted: number): ArmSums => ({
    vehicles,
    reports,
    reportsSquared: reports,
    converted,
  });

  test("Katz's interval of shares, worked by hand: 20 of 100 against 10 of 100", () => {
    // ln 2 +- 1.96 * sqrt(0.8/20 + 0.9/10) = 0.693 +- 0.707.
    const ratio = conversionRatio({ told: sums(100, 9, 20), held: sums(100, 9, 10) });
    expect(ratio?.ratio).toBeCloseTo(2, 9);
    expect(ratio?.low).toBeCloseTo(0.986, 2);
    expect(ratio?.high).toBeCloseTo(4.055, 1);
  });

  test("few events, an empty arm, or nobody: not enough data", () => {
    for (const held of [sums(0, 0, 0), sums(10, 4, 4), sums(1, 0, 0)]) {
      const proof = proofOf({ told: sums(1000, 100, 100), held });
      expect([proof.reports.verdict, proof.conversion.verdict]).toEqual(["not_enough_data", "not_enough_data"]);
    }
    expect(proofOf({ told: sums(0, 0, 0), held: sums(0, 0, 0) }).reports.vehiclesNeeded).toBeNull();
  });

  test("reports that cluster on few cars widen the interval", () => {
    const spread = reportRatio({ told: sums(900, 90, 9), held: sums(100, 20, 9) });
    const clustered = reportRatio({
      told: { ...sums(900, 90, 9), reportsSquared: 400 },
      held: { ...sums(100, 20, 9), reportsSquared: 90 },
    });
    expect((clustered?.high ?? 0) / (clustered?.low ?? 1)).toBeGreaterThan((spread?.high ?? 0) / (spread?.low ?? 1));
  });
});

/** Small deterministic generator (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean);
  let events = 0;
  for (let product = random(); product > limit; product *= random()) events++;
  return events;
}

/** A year of a fleet: a fifth of the cars has three times the faults; telling changes reports and visits by the planted ratios. */
function simulateYear(seed: number, planted: { reports: number; conversion: number }) {
  const random = randomOf(seed);
  const arms = { told: [0, 0, 0, 0], held: [0, 0, 0, 0] };
  for (let vehicle = 0; vehicle < 24_000; vehicle++) {
    const arm = random() < 0.1 ? "held" : "told";
    const sums = arms[arm];
    const rate = random() < 0.2 ? 0.45 : 0.15;
    const reports = poisson(arm === "told" ? rate * planted.reports : rate, random);
    const isConverted = random() < (arm === "told" ? 0.1 * planted.conversion : 0.1);
    for (const [i, value] of [1, reports, reports ** 2, isConverted ? 1 : 0].entries()) sums[i] = (sums[i] ?? 0) + value;
  }
  const toSums = ([vehicles = 0, reports = 0, reportsSquared = 0, converted = 0]: readonly number[]): ArmSums => ({
    vehicles,
    reports,
    reportsSquared,
    converted,
  });
  return proofOf({ told: toSums(arms.told), held: toSums(arms.held) });
}

describe("simulated years with a tenth held back, 100 seeds", () => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);

  test("the planted effect is inside the interval in at least 90, and is seen", () => {
    const years = seeds.map((seed) => simulateYear(seed, { reports: 0.81, conversion: 1.28 }));
    const covers = (truth: number, ratio: { low: number; high: number } | null) =>
      ratio !== null && ratio.low <= truth && truth <= ratio.high;
    expect(years.filter(({ reports }) => covers(0.81, reports.ratio)).length).toBeGreaterThanOrEqual(90);
    expect(years.filter(({ conversion }) => covers(1.28, conversion.ratio)).length).toBeGreaterThanOrEqual(90);
    expect(years.filter(({ reports }) => reports.verdict === "fewer").length).toBeGreaterThanOrEqual(80);
    expect(years.filter(({ conversion }) => conversion.verdict === "more").length).toBeGreaterThanOrEqual(80);
  });

  test("without an effect none is claimed in at least 90", () => {
    const years = seeds.map((seed) => simulateYear(seed + 1000, { reports: 1, conversion: 1 }));
    expect(years.filter(({ reports }) => reports.verdict === "no_effect_shown").length).toBeGreaterThanOrEqual(90);
    expect(years.filter(({ conversion }) => conversion.verdict === "no_effect_shown").length).toBeGreaterThanOrEqual(90);
  });
});
