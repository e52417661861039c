import { describe, expect, it } from "vitest";
import { leastAbsolute } from "./leastAbsolute.ts";

describe("leastAbsolute", () => {
  it("goes along the line of most points, whatever one of them does", () => {
    const model = leastAbsolute([[0], [1], [2], [3], [4]], [0, 1, 2, 3, 20], 0.01);
    expect(model?.intercept).toBeCloseTo(0, 1);
    expect(model?.coefficients[0]).toBeCloseTo(1, 1);
  });

  it("of a constant is the median", () => {
    expect(leastAbsolute([[], [], [], [], []], [1, 2, 3, 10, 12], 0.01)?.intercept).toBeCloseTo(3, 1);
  });

  it("is null without rows", () => {
    expect(leastAbsolute([], [], 0.1)).toBeNull();
  });
});
