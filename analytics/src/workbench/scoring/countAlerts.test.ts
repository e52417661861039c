import { describe, expect, it } from "vitest";
import { DEFAULT_COST, DEFAULT_POLICY } from "../backtest/request.ts";
import { decideGate } from "../gate.ts";
import type { BacktestReport, JudgedFiring, Verdict } from "../types.ts";
import { countAlerts, countFalseAlerts, type Visit } from "./countAlerts.ts";
import { scoreOf, type VehicleScore } from "./score.ts";

const DAY_MS = 86_400_000;

/** Known on one day, last seen firing on another. */
function firing(knownDay: number, lastDay = knownDay): JudgedFiring {
  const [knownMs, lastFiringMs] = [knownDay * DAY_MS, lastDay * DAY_MS];
  const episode = { vin: "V", startMs: knownMs, knownMs, lastFiringMs, clearedMs: lastFiringMs, samples: 1 };
  return { ...episode, verdict: "unknown", reason: "not_labelled", labelId: null, leadDays: null, isHoldout: false };
}

const alerting = { severity: "warning", coolDownDays: 14 } as const;

describe("the alerts of a vehicle's firings", () => {
  it.each([
    ["none", [], 0],
    ["one", [firing(0)], 1],
    ["a return on the last day of the cool-down", [firing(0), firing(14)], 1],
    ["a return just after it", [firing(0), firing(14 + 1 / 86_400)], 2],
    ["the cool-down runs from the last sighting, not from the first", [firing(0, 10), firing(24)], 1],
    ["each return begins it anew: a month of flapping is one alert", [firing(0), firing(10), firing(20), firing(30)], 1],
    ["two spells", [firing(0), firing(3), firing(40), firing(45)], 2],
  ])("%s", (_, firings, expected) => {
    expect(countAlerts(firings, alerting)).toBe(expected);
  });

  const visit = (day: number, outcome: Visit["outcome"]): Visit => ({ atMs: day * DAY_MS, outcome });
  it.each<[string, readonly JudgedFiring[], readonly Visit[], number]>([
    ["after a repair the same fault is news at once", [firing(0), firing(5)], [visit(3, "confirmed")], 2],
    ["after a visit without a fault it is kept quiet", [firing(0), firing(5), firing(16)], [visit(3, "no_fault_found")], 1],
    ["until the cool-down after the visit is over", [firing(0), firing(18)], [visit(3, "no_fault_found")], 2],
    ["what goes on through a repair is not news", [firing(0, 9)], [visit(3, "confirmed")], 1],
    ["but the next firing is", [firing(0, 9), firing(10)], [visit(3, "confirmed")], 2],
    ["a visit before any alert ends none", [firing(5), firing(6)], [visit(3, "confirmed")], 1],
    ["the first visit counts", [firing(0), firing(5)], [visit(2, "no_fault_found"), visit(3, "confirmed")], 1],
  ])("%s", (_, firings, visits, expected) => {
    expect(countAlerts(firings, alerting, visits)).toBe(expected);
  });

  it("info tells nobody; without a cool-down every firing is news", () => {
    expect(countAlerts([firing(0), firing(40)], { ...alerting, severity: "info" })).toBe(0);
    expect(countAlerts([firing(0), firing(1)], { ...alerting, coolDownDays: 0 })).toBe(2);
  });
});

describe("the false alerts of a vehicle's firings", () => {
  const judged = (...verdicts: readonly Verdict[]) => verdicts.map((verdict, i) => ({ ...firing(i), verdict }));
  it.each<[string, readonly JudgedFiring[], number]>([
    ["none without firings", [], 0],
    ["a spell of wrong firings is one false alert", judged("false", "false", "false"), 1],
    ["a right firing among them makes it a right alert", judged("false", "true", "false"), 0],
    ["nor is the fault's second announcement false", judged("duplicate", "false"), 0],
    ["one that may still turn out right, and one that did not", judged("unknown", "false"), 1],
    ["nobody knows", judged("unknown", "unknown"), 0],
    ["each spell for itself", [...judged("false"), { ...firing(40), verdict: "true" }, { ...firing(90), verdict: "false" }], 2],
  ])("%s", (_, firings, expected) => {
    expect(countFalseAlerts(firings, 14)).toBe(expected);
  });

  it("are what the gate's budget and the cost are about: ten wrong firings in a row are one call for nothing", () => {
    const flapping = Array.from({ length: 10 }, (_, i) => ({ ...firing(i), verdict: "false" as const }));
    const one = {
      years: 1,
      rows: 10,
      unknownRows: 0,
      judged: { firings: flapping, faults: { found: 0, missed: 0, censored: 0 }, visits: [] },
    };
    const score = scoreOf([one], { policy: DEFAULT_POLICY, cost: DEFAULT_COST, severity: "warning" });
    expect(score).toMatchObject({ false: 10, falseAlerts: 1, falseAlertsPer1000VehicleYears: { value: 1000 } });
    expect(score.cost.value).toBe(DEFAULT_COST.actionRate * DEFAULT_COST.falseAlert);
    const nothing = { value: null, low: null, high: null };
    const report: Pick<BacktestReport, "fromMs" | "toMs" | "score"> = { fromMs: 0, toMs: 60 * DAY_MS, score };
    const budget = (falseBudget: number) =>
      decideGate(
        { a: report, b: report, difference: { precision: nothing, recall: nothing, saving: nothing } },
        { faultsMin: 0, weeksMin: 0, falseBudget, worseMax: 0.05 },
      ).checks.find(({ name }) => name === "false-alert budget")?.isPassed;
    expect([budget(999), budget(1000)]).toEqual([false, true]);
  });
});

describe("the score", () => {
  const vehicle = (...firings: readonly JudgedFiring[]): VehicleScore => {
    return { years: 0.5, rows: 100, unknownRows: 0, judged: { firings, faults: { found: 0, missed: 0, censored: 0 }, visits: [] } };
  };

  it("tells firings and alerts apart, each with its rate and interval", () => {
    const vehicles = [vehicle(firing(0), firing(1), firing(2)), vehicle(firing(0), firing(60)), vehicle(), vehicle()];
    const score = scoreOf(vehicles, { policy: DEFAULT_POLICY, cost: DEFAULT_COST, severity: "advice" });
    expect(score).toMatchObject({ firings: 5, alerts: 3, vehicleYears: 2 });
    expect(score.firingsPer1000VehicleYears.value).toBe(2500);
    expect(score.alertsPer1000VehicleYears.value).toBe(1500);
    // Four vehicles of half a year: between none that alerts and all alike the one with two.
    const { low, high } = score.alertsPer1000VehicleYears;
    expect(low).toBe(0);
    expect(high).toBeGreaterThanOrEqual(2500);
    expect(high).toBeLessThanOrEqual(4000);
  });
});
