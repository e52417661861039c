import { createRandom } from "@bellwether/simulator/random";
import { expect, it } from "vitest";
import { capacityFromEnergy, type EnergyReading, learnEnergyCurve } from "./remainingEnergy.ts";

function week(capacityAh: number, seed: number, count = 200): EnergyReading[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => {
    const socPct = random.between(10, 95);
    const tempC = random.between(15, 35);
    return { socPct, tempC, energy: Math.round(capacityAh * (-0.6 + 0.052 * socPct + 0.002 * (tempC - 25))) };
  });
}
const periods = [56, 55, 54, 53].map((capacityAh, i) => ({ capacityAh, readings: week(capacityAh, i) }));

it("finds the capacity of another car of the model again within 0.5 %", () => {
  const curve = learnEnergyCurve(periods);
  const found = curve === null ? null : capacityFromEnergy(curve, week(48, 9));
  expect(found?.capacityAh).toBeGreaterThan(47.76);
  expect(found?.capacityAh).toBeLessThan(48.24);
});

it("says nothing from a handful of readings, and learns nothing from two weeks", () => {
  const curve = learnEnergyCurve(periods);
  expect(curve === null ? null : capacityFromEnergy(curve, week(48, 9, 10))).toBeNull();
  expect(learnEnergyCurve(periods.slice(0, 2))).toBeNull();
});
