import { createRandom } from "@bellwether/simulator/random";
import { expect, it } from "vitest";
import { degradationFeatures } from "./degradationFeatures.ts";
import { learnRemainingLife, remainingLife, type UnitCycles } from "./remainingLife.ts";

/** Engines whose second and third sensor leave their place as the end comes nearer; the first is noise, the fourth constant. */
function engine(seed: number, life: number): UnitCycles {
  const random = createRandom(seed);
  return Array.from({ length: life }, (_, i) => {
    const wear = Math.exp(-(life - 1 - i) / 40);
    return [random.normal(0, 1), 600 + 5 * wear + 0.5 * random.normal(0, 1), 20 - 2 * wear + 0.2 * random.normal(0, 1), 100];
  });
}

const lifeOf = (seed: number): number => 130 + ((seed * 37) % 90);
const fleet = Array.from({ length: 30 }, (_, seed) => engine(seed + 1, lifeOf(seed)));

it("estimates the life left of an engine it has not seen, with an interval that holds about 80 %", () => {
  const model = learnRemainingLife(fleet);
  if (model === null) throw new Error("expected a model");
  const cuts = [10, 30, 50, 70, 90];
  const tried = Array.from({ length: 20 }, (_, i) => engine(500 + i, lifeOf(i + 7))).flatMap((cycles) =>
    cuts.map((left) => ({ left, life: remainingLife(model, cycles.slice(0, cycles.length - left)) })),
  );
  const errors = tried.map(({ left, life }) => (life?.cycles ?? Number.NaN) - left);
  expect(Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)).toBeLessThan(20);
  const inside = tried.filter(({ left, life }) => life !== null && left >= life.low80 && left <= life.high80).length;
  expect(inside / tried.length).toBeGreaterThan(0.65);
  expect(inside / tried.length).toBeLessThan(0.95);
});

it("uses the sensors that move with wear and no others", () => {
  expect(learnRemainingLife(fleet)?.sensors.map(({ column }) => column)).toEqual([1, 2]);
});

it("has no model without engines or without a sensor that moves, and no answer without cycles", () => {
  expect(learnRemainingLife([])).toBeNull();
  expect(learnRemainingLife(fleet.map((unit) => unit.map(() => [1, 2])))).toBeNull();
  const model = learnRemainingLife(fleet);
  expect(model === null ? null : remainingLife(model, [])).toBeNull();
});

it("looks at no later cycle, and steps over values that are missing", () => {
  const sensors = [{ column: 1, centre: 600, spread: 2 }];
  const whole = [...degradationFeatures(fleet[0] ?? [], sensors)];
  expect([...degradationFeatures((fleet[0] ?? []).slice(0, 50), sensors)]).toEqual(whole.slice(0, 50));
  const holed = (fleet[0] ?? []).map((row, i) => (i === 20 ? row.map(() => Number.NaN) : row));
  expect([...degradationFeatures(holed, sensors)].flat().every(Number.isFinite)).toBe(true);
});
