import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { forecastCapacity, learnCapacityFleet } from "./capacityForecast.ts";

const WEEKS = 100;
const fade = (week: number): number => 134 - 1.9 * Math.sqrt(week);

/** Vehicles along one curve, each with a deviation that returns within about 20 weeks. */
function vehicles(count: number, seed: number): number[][] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    let deviation = random.normal(0, 1.5);
    return Array.from({ length: WEEKS }, (_, week) => {
      deviation = 0.95 * deviation + random.normal(0, 1.5 * Math.sqrt(1 - 0.95 ** 2));
      return fade(week) + deviation;
    });
  });
}

describe("forecastCapacity", () => {
  const fleet = learnCapacityFleet(vehicles(12, 3), WEEKS);

  it("is within 2 % of the truth and covers about 80 % of vehicles it has never seen, seed 4", () => {
    const unseen = vehicles(60, 4);
    let covered = 0;
    let weeks = 0;
    let error = 0;
    for (const vehicle of unseen) {
      if (fleet === null) break;
      for (const { week, capacityAh, low80Ah, high80Ah } of forecastCapacity(fleet, vehicle.slice(0, 16))) {
        const truth = vehicle[week] ?? 0;
        weeks += 1;
        covered += truth >= low80Ah && truth <= high80Ah ? 1 : 0;
        error += Math.abs(capacityAh / truth - 1);
      }
    }
    expect(weeks).toBe(60 * 84);
    expect(error / weeks).toBeLessThan(0.02);
    expect(covered / weeks).toBeGreaterThan(0.7);
    expect(covered / weeks).toBeLessThan(0.9);
  });

  it("starts at the vehicle and returns to the fleet", () => {
    if (fleet === null) throw new Error("no fleet");
    const above = fleet.curveAh.slice(0, 8).map((ah) => ah + 3);
    const forecast = forecastCapacity(fleet, above);
    const distance = (i: number): number => (forecast.at(i)?.capacityAh ?? 0) - (fleet.curveAh.at(forecast.at(i)?.week ?? 0) ?? 0);
    expect(distance(0)).toBeGreaterThan(2);
    expect(Math.abs(distance(-1))).toBeLessThan(0.5);
  });

  it("gives the fleet's curve for a vehicle without a measurement", () => {
    if (fleet === null) throw new Error("no fleet");
    expect(forecastCapacity(fleet, [null, null])[0]?.capacityAh).toBeCloseTo(fleet.curveAh[2] ?? 0, 10);
  });
});

it("does not learn a fleet from two vehicles", () => {
  expect(learnCapacityFleet(vehicles(2, 1), WEEKS)).toBeNull();
});
