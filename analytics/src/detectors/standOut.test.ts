import { expect, it } from "vitest";
import type { DayFeatures } from "../features/family.ts";
import { NO_PEERS, type Peers } from "../fleet/peers.ts";
import { type StandOutRule, standOut } from "./standOut.ts";

const RULE: StandOutRule = { sign: -1, peerZ: 4, peerFloor: 0.05, beyondPeers: 0.25, ownChange: 0.15, baselineDays: 30, beyondOwn: 0.5 };
const FEATURES = ["railMildV", "railWarmV"];

/** Forty mild days at 14.2 V, then seven days of `values`. */
function course(values: Readonly<Record<string, number>>): DayFeatures[] {
  return Array.from({ length: 47 }, (_, i) => ({
    day: new Date(Date.UTC(2026, 2, 1 + i)).toISOString().slice(0, 10),
    samples: 100,
    values: i < 40 ? { railMildV: 14.2 } : values,
  }));
}

function modelOf(vehicles: number, median: number): Peers {
  const group = { kind: "model", name: "m", vehicles, median, mad: 0.02, quantiles: [] } as const;
  return { of: (_family, _feature, least = 20) => (vehicles >= least ? group : null) };
}

function farDays(values: Readonly<Record<string, number>>, peers: Peers, rule: Partial<StandOutRule> = {}): number | null {
  const view = { peers };
  return standOut(view, course(values), { family: "converter", features: FEATURES }, { ...RULE, ...rule })?.farDays ?? null;
}

it("lets twenty cars of the model decide at the plain limit, eight at twice it, and seven not at all", () => {
  expect(farDays({ railMildV: 13.9 }, modelOf(20, 14.2))).toBe(7);
  expect(farDays({ railMildV: 13.9 }, modelOf(19, 14.2))).toBe(0);
  expect(farDays({ railMildV: 13.65 }, modelOf(8, 14.2))).toBe(7);
  expect(farDays({ railMildV: 13.75 }, modelOf(7, 14.2))).toBe(0);
});

it("lets a car's own fall count among few peers unless they have fallen with it", () => {
  expect(farDays({ railMildV: 13.65 }, modelOf(10, 13.95), { peerZ: 100 })).toBe(7);
  expect(farDays({ railMildV: 13.65 }, modelOf(10, 13.7), { peerZ: 100 })).toBe(0);
});

it("measures a situation that is new to the car by the one before it, with what may lie between them, where that is said", () => {
  const warm = { railWarmV: 13.3 };
  expect(farDays(warm, NO_PEERS)).toBeNull();
  expect(farDays(warm, NO_PEERS, { betweenSituations: 0.3 })).toBe(7);
  expect(farDays({ railWarmV: 13.5 }, NO_PEERS, { betweenSituations: 0.3 })).toBe(0);
});
