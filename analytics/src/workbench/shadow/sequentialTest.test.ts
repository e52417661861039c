import { describe, expect, it } from "vitest";
import { sequentialTest } from "./sequentialTest.ts";

const by = { budget: 1, tooMany: 3 };

describe("sequentialTest", () => {
  it("stops a rule that fires far above its budget", () => {
    expect(sequentialTest({ events: 9, exposure: 2 }, by)).toMatchObject({ verdict: "stop: too many" });
    expect(sequentialTest({ events: 9, exposure: 2 }, by).logLikelihoodRatio).toBeCloseTo(9 * Math.log(3) - 4, 10);
  });

  it("passes a rule that has kept quiet for long enough and goes on in between", () => {
    expect(sequentialTest({ events: 0, exposure: 2 }, by).verdict).toBe("stop: within budget");
    expect(sequentialTest({ events: 2, exposure: 1 }, by).verdict).toBe("go on");
  });
});
