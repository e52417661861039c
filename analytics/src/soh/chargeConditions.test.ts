import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { conditionFactor, type KnownCharge, learnConditions } from "./chargeConditions.ts";

/** Charges of 20 cars over a year; `cold` is the true loss of ln capacity per kelvin below 25 °C. */
function charges(seed: number, cold: number, rate = 0): KnownCharge[] {
  const random = createRandom(seed);
  return Array.from({ length: 20 }, (_, car) => {
    const healthy = 150 * random.between(0.85, 1);
    return Array.from({ length: 48 }, (_unused, i) => {
      const month = Math.floor(i / 4);
      const tempC = 15 - 12 * Math.cos((2 * Math.PI * month) / 12) + random.normal(0, 6);
      const currentA = healthy * random.between(0.1, 0.8);
      const effect = cold * Math.min(0, tempC - 25) + rate * Math.log(currentA / healthy / 0.2);
      const capacityAh = healthy * (1 - 0.002 * month) * Math.exp(effect + random.normal(0, 0.015));
      return { group: `${car}/${month}`, capacityAh, tempC, currentA, isDc: currentA > 0.4 * healthy };
    });
  }).flat();
}

describe("temperature and rate", () => {
  it("finds the loss in the cold and by the rate again, and takes it off", () => {
    const model = learnConditions(charges(3, 0.004, -0.02));
    if (model === null) throw new Error("no model");
    const [cold, , rate] = model.effects;
    expect(cold).toBeGreaterThan(0.0034);
    expect(cold).toBeLessThan(0.0046);
    expect(rate).toBeGreaterThan(-0.026);
    expect(rate).toBeLessThan(-0.014);
    const winter = { tempC: 0, currentA: 30, isDc: false };
    expect(conditionFactor(model, winter, 150)).toBeCloseTo(Math.exp(25 * cold), 6);
    expect(conditionFactor(model, { ...winter, tempC: 25 }, 150)).toBeCloseTo(1, 6);
    expect(conditionFactor(model, { ...winter, tempC: null }, 150)).toBe(1);
  });

  it("corrects nothing where nothing has an effect, or too few charges say so", () => {
    expect(learnConditions(charges(4, 0))).toBeNull();
    expect(learnConditions(charges(3, 0.004).slice(0, 150))).toBeNull();
  });

  it("never believes in more than a pack can lose", () => {
    expect(learnConditions(charges(5, 0.05))?.effects[0]).toBe(0.02);
  });
});
