import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import { reliabilityGrowth } from "./reliabilityGrowth.ts";

describe("reliabilityGrowth", () => {
  it("gives the estimate of MIL-HDBK-189C's formula: n / sum ln(T / t)", () => {
    const growth = reliabilityGrowth([10, 20, 40, 80, 100], 100);
    // ln 10 + ln 5 + ln 2.5 + ln 1.25 + ln 1 = 5.0515
    expect(growth?.beta).toBeCloseTo(5 / 5.0515, 3);
    // Chi-square(10): 4.865 and 15.987 at 10 and 90 %.
    expect((growth?.low ?? 0) / (growth?.beta ?? 1)).toBeCloseTo(0.4865, 1);
    expect((growth?.high ?? 0) / (growth?.beta ?? 1)).toBeCloseTo(1.5987, 1);
  });

  it("tells a worsening from an improving fleet, and says nothing from four failures", () => {
    const random = createRandom(3);
    const times = (beta: number) => Array.from({ length: 200 }, () => 1000 * random.unit() ** (1 / beta));
    expect(reliabilityGrowth(times(2), 1000)?.trend).toBe("worsening");
    expect(reliabilityGrowth(times(0.5), 1000)?.trend).toBe("improving");
    expect(reliabilityGrowth([1, 2, 3, 4], 10)).toBeNull();
  });
});
