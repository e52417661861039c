import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import { describe, expect, it } from "vitest";
import { type KnownCell, learnCycleModel } from "./cycleCapacity.ts";

/** Cells whose charge in the constant-current part tells the capacity in a curved way, with an offset of their own. */
function cell(id: string, seed: number): KnownCell {
  const random = createRandom(seed);
  const offset = random.normal(0, 0.02);
  const speed = 0.005 + 0.001 * random.unit();
  const cycles = Array.from({ length: 50 }, (_, i) => {
    const capacityAh = 2 - speed * i;
    const features = [capacityAh ** 2 / 8 + offset + random.normal(0, 0.002), Math.exp(-capacityAh) + random.normal(0, 0.001)];
    return { cycle: i + 1, features, capacityAh };
  });
  return { id, group: "2C", cycles };
}

const cells = Array.from({ length: 4 }, (_, i) => cell(`cell-${i}`, i + 1));

const model = learnCycleModel(cells, createRandom(1));

describe("learnCycleModel", () => {
  it("tells a strange cell's capacity within 2 % and covers about 80 %", () => {
    const strange = cell("strange", 99);
    const predicted = model?.predict(strange.cycles, "2C") ?? [];
    expect(predicted).toHaveLength(50);
    expect(mean(predicted.map(({ capacityAh }, i) => Math.abs(capacityAh / (strange.cycles[i]?.capacityAh ?? 1) - 1)))).toBeLessThan(0.02);
    for (const { low80Ah, high80Ah, capacityAh } of predicted) expect(low80Ah < capacityAh && capacityAh < high80Ah).toBe(true);
  });

  it("reads a cycle without looking at later ones, and stands missing features and unknown groups", () => {
    const { cycles } = cell("strange", 99);
    const whole = model?.predict(cycles, "2C")[30];
    expect(model?.predict(cycles.slice(0, 31), "2C")[30]).toEqual(whole);
    const holes = cycles.map((one, i) => (i % 7 === 0 ? { ...one, features: [null, one.features[1] ?? null] } : one));
    for (const { capacityAh } of model?.predict(holes, "elsewhere") ?? []) expect(capacityAh).toBeGreaterThan(1.5);
  });

  it("a known cell that may not teach is predicted from the others", () => {
    const own = cells[0]?.cycles ?? [];
    expect(model?.predict(own, "2C", "cell-0")).not.toEqual(model?.predict(own, "2C"));
  });

  it("does not learn from two cells", () => {
    expect(learnCycleModel(cells.slice(0, 2), createRandom(1))).toBeNull();
  });
});
