import { describe, expect, it } from "vitest";
import { failuresInARow, type Visit } from "./inARow.ts";

const MODELS = new Map(["A", "B", "C", "D"].map((vin) => [vin, "Aurora"]));

function visit(vin: string, dealerId: string | null, more: Partial<Visit> = {}): Visit {
  return { vin, dealerId, sourceId: "abnormal-cell", component: "battery_cell", isConfirmed: true, ...more };
}

describe("failures in a row", () => {
  it("are of a dealer or of a model", () => {
    const failure = { sourceId: "abnormal-cell", component: "battery_cell", vins: ["A", "B", "X"] };
    expect(failuresInARow([visit("A", "d1"), visit("B", "d1"), visit("X", "d1")], MODELS)).toEqual([
      { ...failure, scope: "dealer", scopeId: "d1" },
    ]);
    expect(failuresInARow([visit("C", "d1"), visit("A", "d2"), visit("B", "d3")], MODELS)).toEqual([
      { ...failure, vins: ["A", "B", "C"], scope: "model", scopeId: "Aurora" },
    ]);
  });

  it("begin anew where a visit found something else", () => {
    const other = visit("D", "d1", { isConfirmed: false });
    expect(failuresInARow([visit("A", "d1"), visit("B", "d1"), other, visit("C", "d1")], MODELS)).toEqual([]);
    expect(failuresInARow([other, visit("A", "d1"), visit("B", "d1"), visit("C", "d1")], MODELS)).toHaveLength(2);
  });

  it("count a car once, and each kind of failure by itself", () => {
    expect(failuresInARow([visit("A", "d1"), visit("A", "d1"), visit("B", "d1")], MODELS)).toEqual([]);
    const wear = visit("C", "d1", { sourceId: "tyre-leak", component: "tyre" });
    expect(failuresInARow([visit("A", "d1"), visit("B", "d1"), wear], MODELS)).toEqual([]);
    expect(failuresInARow([visit("A", "d1"), { ...wear, isConfirmed: false }, visit("B", "d1"), visit("C", "d1")], MODELS)).toHaveLength(2);
  });

  it("say nothing of cars whose dealer and model nobody knows", () => {
    expect(failuresInARow([visit("X", null), visit("Y", null), visit("Z", null)], MODELS)).toEqual([]);
  });
});
