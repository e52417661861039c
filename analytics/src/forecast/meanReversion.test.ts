import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { fitMeanReversion, forecastDeviation } from "./meanReversion.ts";

const PROCESS = { sdAh: 2, memoryWeeks: 20, noiseAh: 0.3 };

describe("forecastDeviation", () => {
  it("knows nothing without measurements: no deviation, the fleet's spread", () => {
    const [first] = forecastDeviation([], PROCESS, 1);
    expect(first?.meanAh).toBe(0);
    expect(first?.sdAh).toBeCloseTo(Math.hypot(2, 0.3), 10);
  });

  it("is the Gaussian-process answer for one exact measurement: exp(-h / memory) of it, and sd sqrt(1 - exp(-2h / memory))", () => {
    const forecast = forecastDeviation([1], { ...PROCESS, noiseAh: 0 }, 40);
    for (const h of [1, 10, 40]) {
      expect(forecast[h - 1]?.meanAh).toBeCloseTo(Math.exp(-h / 20), 10);
      expect(forecast[h - 1]?.sdAh).toBeCloseTo(2 * Math.sqrt(1 - Math.exp((-2 * h) / 20)), 10);
    }
  });

  it("skips unmeasured weeks, and its interval widens with distance up to the fleet's", () => {
    const sds = forecastDeviation([1, null, 1.1, null], PROCESS, 200).map((d) => d.sdAh);
    expect(sds).toEqual([...sds].sort((a, b) => a - b));
    expect(sds.at(-1)).toBeCloseTo(Math.hypot(2, 0.3), 3);
  });
});

describe("fitMeanReversion", () => {
  it("finds spread and memory of simulated vehicles again, seed 1", () => {
    const random = createRandom(1);
    const keep = Math.exp(-1 / 20);
    const vehicles = Array.from({ length: 60 }, () => {
      let state = random.normal(0, 2);
      return Array.from({ length: 400 }, () => {
        state = keep * state + random.normal(0, 2 * Math.sqrt(1 - keep ** 2));
        return state + random.normal(0, 0.3);
      });
    });
    const found = fitMeanReversion(vehicles);
    expect(found?.sdAh).toBeGreaterThan(1.7);
    expect(found?.sdAh).toBeLessThan(2.2);
    expect(found?.memoryWeeks).toBeGreaterThan(15);
    expect(found?.memoryWeeks).toBeLessThan(25);
  });

  it("is null where nothing deviates or nothing was measured", () => {
    expect(fitMeanReversion([[0, 0, 0]])).toBeNull();
    expect(fitMeanReversion([[null, null]])).toBeNull();
    expect(fitMeanReversion([])).toBeNull();
  });
});
