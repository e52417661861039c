import { createRandom } from "@bellwether/simulator/random";
import { describe, expect, it } from "vitest";
import type { CodeInstant } from "./codeInstants.ts";
import type { LabelledInstant } from "./codeRisk.ts";
import { learnRepairRisk, repairRiskOf, repairRiskSchema } from "./repairRisk.ts";

const instant = (unit: string, codes: readonly string[]): CodeInstant => ({
  unit,
  atMs: Date.UTC(2026, 0, 5),
  now: codes,
  active: codes,
  partAgeMs: new Map(),
});

/** A and B together are followed by a repair in 80 %, each alone in 10 %; every vehicle has one case. */
function fleet(cases: number, isInformed: boolean): LabelledInstant[] {
  const random = createRandom(8);
  return Array.from({ length: cases }, (_, i) => {
    const codes = [["A"], ["B"], ["A", "B"]][i % 3] ?? [];
    const chance = isInformed ? (codes.length === 2 ? 0.8 : 0.1) : 0.3;
    return { instant: instant(`V${String(i).padStart(4, "0")}`, codes), unitAgeYears: null, failed: random.chance(chance) };
  });
}

describe("the hazard of repairs", () => {
  it("tells pairs from single codes, with an interval of what followed like cases", () => {
    const risk = learnRepairRisk(fleet(600, true));
    if (risk === null) throw new Error("expected a hazard");
    const both = repairRiskOf(risk, instant("NEW", ["A", "B"]), null);
    expect(both.probability).toBeGreaterThan(0.7);
    expect(both.probability).toBeLessThan(0.9);
    expect(both.low90).toBeGreaterThan(0.6);
    expect(both.high90).toBeLessThan(0.95);
    expect(repairRiskOf(risk, instant("NEW", ["A"]), null).probability).toBeLessThan(0.2);
    expect(repairRiskSchema.parse(JSON.parse(JSON.stringify(risk)))).toEqual(risk);
  });

  it("is not used where it tells nothing unseen cars bear out, nor from a handful of repairs", () => {
    expect(learnRepairRisk(fleet(600, false))).toBeNull();
    expect(learnRepairRisk(fleet(20, true))).toBeNull();
    expect(learnRepairRisk([])).toBeNull();
  });
});
