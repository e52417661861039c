/** The weekly estimate of cars that charge narrowly, with and without what their model's vehicles taught. */
import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import { describe, expect, it } from "vitest";
import type { ChargingSession } from "../../features/chargingSession.ts";
import { type ChargeModel, learnChargeModel } from "../../soh/chargeModel.ts";
import { chargeCurve, wideCharges } from "../../testing/chargeFleet.ts";
import { restingDays } from "../../testing/restFleet.ts";
import { estimateCapacity } from "./estimateCapacity.ts";

const NOW_MS = Date.parse("2026-06-01T00:00:00Z");
const DAY_MS = 86_400_000;
const FIRST_DAY = "2026-04-03";
const HISTORY = { curves: wideCharges(24, 3, 7), charges: [], wakes: [] };
const LEARNT = learnChargeModel(HISTORY, "NCM");

/** Eight charges of one car between two states of charge, of 30 to 40 %. */
function narrowCar(seed: number): { readonly capacityAh: number; readonly sessions: ChargingSession[] } {
  const random = createRandom(seed);
  const capacityAh = 150 * random.between(0.8, 1);
  const usual = random.between(0.15, 0.5);
  const sessions = Array.from({ length: 9 }, (_, i) => {
    const from = usual + random.normal(0, 0.03);
    const curve = chargeCurve({ capacityAh, from, to: from + random.between(0.34, 0.42), currentA: 30, random });
    const endedMs = NOW_MS - (3 * i + 1) * DAY_MS;
    return {
      startedMs: endedMs - 7_200_000,
      endedMs,
      tickSocPct: (curve.socPct.at(-1) ?? 0) - (curve.socPct[0] ?? 0),
      tickChargeAh: (curve.chargeAh.at(-1) ?? 0) - (curve.chargeAh[0] ?? 0),
      tickFromPct: curve.socPct[0] ?? 0,
      maxGapS: 30,
      samples: 300,
      tempMeanC: 25,
      isDc: false,
      currentMeanA: 30,
      curve,
    };
  });
  return { capacityAh, sessions };
}

function judged(learnt: ChargeModel | null) {
  return Array.from({ length: 60 }, (_, seed) => narrowCar(seed + 1)).flatMap(({ capacityAh, sessions }) => {
    const estimate = estimateCapacity(sessions, NOW_MS, { learnt, chemistry: "NCM" });
    if (estimate.kind !== "ok") return [];
    const isCovered = estimate.lowAh <= capacityAh && capacityAh <= estimate.highAh;
    return [{ errorPct: 100 * Math.abs(estimate.capacityAh / capacityAh - 1), isCovered, estimate }];
  });
}

describe("a car that charges narrowly", () => {
  it("is read four times as right once its model's display and voltages are known, and its interval holds", () => {
    const [plain, learnt] = [judged(null), judged(LEARNT)];
    expect(learnt).toHaveLength(plain.length);
    expect(mean(plain.map(({ errorPct }) => errorPct))).toBeGreaterThan(6);
    expect(mean(learnt.map(({ errorPct }) => errorPct))).toBeLessThan(mean(plain.map(({ errorPct }) => errorPct)) / 4);
    expect(learnt.filter(({ isCovered }) => isCovered).length / learnt.length).toBeGreaterThan(0.7);
    expect(new Set(learnt.map(({ estimate }) => estimate.accuracyClass))).toEqual(new Set(["B"]));
  });

  it("says which method weighed how much, and keeps the peak as a second opinion", () => {
    for (const { estimate } of judged(LEARNT)) {
      const weights = estimate.opinions.map(({ weight }) => weight);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 9);
      expect(estimate.opinions.find(({ method }) => method === "capacity_peak")?.weight ?? 0).toBe(0);
    }
    expect(judged(LEARNT).some(({ estimate }) => estimate.opinions.length === 3)).toBe(true);
  });

  it("is judged by the display alone, class C, while its model is not known", () => {
    for (const { estimate } of judged(null)) expect([estimate.accuracyClass, estimate.opinions.length]).toEqual(["C", 1]);
  });
});

describe("a car whose own display is stretched or squeezed by a tenth", () => {
  const random = createRandom(12);
  const wakes = Array.from({ length: 20 }, (_, v) => {
    const days = restingDays({ capacityAh: 150 * random.between(0.85, 1), firstDay: FIRST_DAY, days: 40, random });
    return days.map(({ values }) => ({ vin: `V${v}`, packV: values["restV"] ?? 0, socPct: values["restSocPct"] ?? 0 }));
  }).flat();
  const learnt = learnChargeModel({ ...HISTORY, wakes }, "NCM");
  const cars = Array.from({ length: 60 }, (_, seed) => {
    const { capacityAh, sessions } = narrowCar(seed + 100);
    const gain = seed % 2 === 0 ? 0.1 : -0.1;
    const stretched = sessions.map(({ curve: _voltages, ...charge }) => ({ ...charge, tickSocPct: charge.tickSocPct * (1 + gain) }));
    const rests = restingDays({ capacityAh, firstDay: FIRST_DAY, days: 60, displayError: (soc) => gain * (soc - 0.5), random });
    return { capacityAh, sessions: stretched, rests };
  });
  const estimates = (withRests: boolean) =>
    cars.flatMap(({ capacityAh, sessions, rests }) => {
      const estimate = estimateCapacity(sessions, NOW_MS, { learnt, chemistry: "NCM", rests: withRests ? rests : [] });
      if (estimate.kind !== "ok") return [];
      return [{ estimate, errorPct: 100 * Math.abs(estimate.capacityAh / capacityAh - 1), capacityAh }];
    });
  const [counted, fused] = [estimates(false), estimates(true)];

  it("errs half as much once its rests are heard", () => {
    expect(mean(counted.map(({ errorPct }) => errorPct))).toBeGreaterThan(8);
    expect(mean(fused.map(({ errorPct }) => errorPct))).toBeLessThan(0.6 * mean(counted.map(({ errorPct }) => errorPct)));
  });

  it("says by its interval that the methods contradict one another", () => {
    const covered = ({ estimate, capacityAh }: (typeof fused)[number]) =>
      estimate.kind === "ok" && estimate.lowAh <= capacityAh && capacityAh <= estimate.highAh;
    expect(counted.filter(covered).length / counted.length).toBeLessThan(0.1);
    expect(fused.filter(covered).length / fused.length).toBeGreaterThan(0.7);
    expect(fused.every(({ estimate }) => estimate.opinions.some(({ method }) => method === "between_rests"))).toBe(true);
  });
});

describe("LFP", () => {
  const charge = (i: number, toPct: number): ChargingSession => ({
    startedMs: NOW_MS - (2 * i + 1) * DAY_MS - 7_200_000,
    endedMs: NOW_MS - (2 * i + 1) * DAY_MS,
    tickSocPct: 60,
    tickChargeAh: 0.6 * 95,
    tickFromPct: toPct - 60,
    maxGapS: 30,
    samples: 300,
    tempMeanC: 25,
    isDc: false,
  });

  it("is full evidence only where the charge ended full: elsewhere its display drifts", () => {
    const [full, open] = [100, 85].map((toPct) =>
      estimateCapacity(
        Array.from({ length: 8 }, (_, i) => charge(i, toPct)),
        NOW_MS,
        { chemistry: "LFP" },
      ),
    );
    if (full?.kind !== "ok" || open?.kind !== "ok") throw new Error("expected estimates");
    expect([full.isFull, open.isFull]).toEqual([true, false]);
    expect(open.highAh - open.lowAh).toBeGreaterThan(full.highAh - full.lowAh);
  });

  it("never listens to the voltage of its plateau", () => {
    expect(learnChargeModel(HISTORY, "LFP")).toMatchObject({
      voltages: null,
      peak: null,
    });
  });
});
