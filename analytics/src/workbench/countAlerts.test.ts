import { describe, expect, it } from "vitest";
import { countAlerts } from "./countAlerts.ts";
import { DEFAULT_COST, DEFAULT_POLICY } from "./request.ts";
import { scoreOf, type VehicleScore } from "./score.ts";
import type { JudgedFiring } from "./types.ts";

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

  it("info tells nobody; without a cool-down every firing is news", () => {
    expect(countAlerts([firing(0), firing(40)], { ...alerting, severity: "info" })).toBe(0);
    expect(countAlerts([firing(0), firing(1)], { ...alerting, coolDownDays: 0 })).toBe(2);
  });
});

describe("the score", () => {
  const vehicle = (...firings: readonly JudgedFiring[]): VehicleScore => {
    return { years: 0.5, rows: 100, unknownRows: 0, judged: { firings, faults: { found: 0, missed: 0, censored: 0 } } };
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
