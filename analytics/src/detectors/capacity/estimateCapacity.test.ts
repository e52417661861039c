import { mean, standardDeviation } from "simple-statistics";
import { describe, expect, it } from "vitest";
import type { ChargingSession } from "../../features/chargingSession.ts";
import { estimateCapacity } from "./estimateCapacity.ts";

const DAY_MS = 86_400_000;
const NOW_MS = 60 * DAY_MS;
const TRUE_AH = 130;

/** Park-Miller: enough for reproducible test noise. */
function createUniform(seed: number): () => number {
  let state = (seed * 48_271 + 11) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function normal(uniform: () => number): number {
  return Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The sessions of methods 1.3: swing 15 to 80 %, error of the state of charge 2 % at the start and 1 % at the end. */
function sessions(seed: number, { count = 40, lossShare = 0 } = {}): ChargingSession[] {
  const uniform = createUniform(seed);
  for (let i = 0; i < 10; i += 1) uniform();
  return Array.from({ length: count }, (_, i) => {
    const swing = 0.15 + 0.65 * uniform();
    const error = 0.02 * normal(uniform) + 0.01 * normal(uniform);
    const kept = uniform() < lossShare ? 0.5 + 0.5 * uniform() : 1;
    return session({ endedMs: NOW_MS - (i + 1) * DAY_MS, tickSocPct: 100 * (swing + error), tickChargeAh: TRUE_AH * swing * kept });
  });
}

function session(over: Partial<ChargingSession>): ChargingSession {
  const endedMs = over.endedMs ?? NOW_MS - DAY_MS;
  return {
    startedMs: endedMs - 3_600_000,
    endedMs,
    tickSocPct: 60,
    tickChargeAh: 78,
    maxGapS: 30,
    samples: 300,
    tempMeanC: 25,
    isDc: false,
    ...over,
  };
}

/** Relative errors in percent over seeds; the estimator alone, without the limits on the swing. */
function errorsPct(options: Parameters<typeof sessions>[1]): number[] {
  return Array.from({ length: 200 }, (_, seed) => {
    const estimate = estimateCapacity(sessions(seed + 1, options), NOW_MS);
    return estimate.kind === "ok" ? 100 * (estimate.capacityAh / TRUE_AH - 1) : Number.NaN;
  });
}

describe("estimateCapacity", () => {
  it("is unbiased with a spread near methods 1.3 on clean sessions", () => {
    const errors = errorsPct({});
    expect(Math.abs(mean(errors))).toBeLessThan(0.3);
    expect(standardDeviation(errors)).toBeLessThan(1);
  });

  it("stands 10 % sessions with missing charge", () => {
    const errors = errorsPct({ lossShare: 0.1 });
    expect(Math.abs(mean(errors))).toBeLessThan(0.7);
    expect(standardDeviation(errors)).toBeLessThan(1.2);
  });

  it("covers the truth at least as often as its 80 % interval says", () => {
    const covered = Array.from({ length: 200 }, (_, seed) => estimateCapacity(sessions(seed + 1), NOW_MS)).filter(
      (estimate) => estimate.kind === "ok" && estimate.lowAh <= TRUE_AH && TRUE_AH <= estimate.highAh,
    );
    expect(covered.length).toBeGreaterThanOrEqual(160);
  });

  it("says why it cannot judge instead of guessing", () => {
    const estimate = estimateCapacity([session({}), session({ endedMs: NOW_MS - 2 * DAY_MS })], NOW_MS);
    expect(estimate).toMatchObject({ kind: "not_enough_evidence" });
    expect(estimate.reason).toContain("2 charges in 60 days, 2 usable");
  });

  it("gives fewer sessions class C and a wider interval", () => {
    const few = estimateCapacity(
      [1, 2, 3, 4].map((day) => session({ endedMs: NOW_MS - day * DAY_MS })),
      NOW_MS,
    );
    const many = estimateCapacity(
      Array.from({ length: 10 }, (_, i) => session({ endedMs: NOW_MS - i * DAY_MS - 1, tickSocPct: 80, tickChargeAh: 104 })),
      NOW_MS,
    );
    if (few.kind !== "ok" || many.kind !== "ok") throw new Error("expected estimates");
    expect([few.accuracyClass, many.accuracyClass]).toEqual(["C", "A"]);
    expect(few.highAh - few.lowAh).toBeGreaterThan(2 * (many.highAh - many.lowAh));
  });

  it("does not look at charges after the moment or before the window", () => {
    const outside = [session({ endedMs: NOW_MS + 1 }), session({ endedMs: NOW_MS - 61 * DAY_MS })];
    expect(estimateCapacity(outside, NOW_MS)).toMatchObject({ kind: "not_enough_evidence", sessions: 0 });
  });
});
