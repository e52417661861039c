import { describe, expect, it } from "vitest";
import { improved, regressions } from "./baseline.ts";
import type { Figure } from "./dataset.ts";

const error = (ours: number): Figure => ({ name: "error", ours, better: "lower" });
const coverage = (ours: number): Figure => ({ name: "coverage", ours, better: "inside", target: [75, 85] });

describe("the baseline may only improve", () => {
  it("calls a larger error a regression, a smaller one and rounding none", () => {
    expect(regressions("d", [error(2)], { d: { error: 1 } })).toEqual(["d: error: 2.000, was 1.000"]);
    expect(regressions("d", [error(0.5)], { d: { error: 1 } })).toEqual([]);
    expect(regressions("d", [error(1.001)], { d: { error: 1 } })).toEqual([]);
  });

  it("lets coverage move within its band, and never away from it", () => {
    expect(regressions("d", [coverage(76)], { d: { coverage: 84 } })).toEqual([]);
    expect(regressions("d", [coverage(90)], { d: { coverage: 84 } })).toHaveLength(1);
    expect(regressions("d", [coverage(87)], { d: { coverage: 90 } })).toEqual([]);
  });

  it("misses a figure that is no longer measured, and takes a new one as it is", () => {
    expect(regressions("d", [], { d: { error: 1 } })).toEqual(["d: error: no longer measured"]);
    expect(regressions("d", [error(7)], {})).toEqual([]);
  });

  it("takes over what is better or new and keeps what would be worse", () => {
    expect(improved("d", [error(0.5)], { d: { error: 1 } })).toEqual({ d: { error: 0.5 } });
    expect(improved("d", [error(2)], { d: { error: 1 }, e: {} })).toEqual({ d: { error: 1 }, e: {} });
    expect(improved("d", [error(2)], {})).toEqual({ d: { error: 2 } });
  });
});
