import { describe, expect, it } from "vitest";
import { eliminate } from "./eliminate.ts";

describe("eliminate", () => {
  it("solves a system that needs a pivot", () => {
    // 0x + 2y = 4; 3x + y = 5
    expect([...eliminate([Float64Array.of(0, 2, 4), Float64Array.of(3, 1, 5)])]).toEqual([1, 2]);
  });

  it("gives NaN where there is no single solution", () => {
    expect(eliminate([Float64Array.of(1, 1, 2), Float64Array.of(1, 1, 2)]).some(Number.isNaN)).toBe(true);
  });
});
