import { expect, it } from "vitest";
import { codeAssociations } from "./codeAssociations.ts";
import type { CodeInstant } from "./codeInstants.ts";

const DAY = 86_400_000;
const WINDOW = { leastLeadMs: 0, horizonMs: 2 * DAY, exposureMs: 1000 * DAY };
const at = (day: number, ...codes: string[]): CodeInstant => ({
  unit: "m",
  atMs: day * DAY,
  now: codes,
  active: codes,
  partAgeMs: new Map(),
});
const repair = (day: number) => ({ unit: "m", atMs: day * DAY, part: "pump" });

it("counts how often a repair followed, with the lift over any window and the median lead", () => {
  const days = [10, 20, 30, 40, 50];
  const found = codeAssociations(
    days.map((day) => at(day, "a")),
    [repair(11), repair(21), repair(31), repair(42), repair(60)],
    WINDOW,
  );
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ codes: ["a"], part: "pump", occurrences: 5, followed: 4, precision: 0.8, leadMs: DAY });
  // Five repairs in 1,000 days: a window of two days holds one with probability 1 - exp(-0.01).
  expect(found[0]?.lift).toBeCloseTo(0.8 / (1 - Math.exp(-0.01)), 8);
  expect(found[0]?.liftLow).toBeLessThan(found[0]?.lift ?? 0);
});

it("finds the pair stronger than its codes, and leaves out what is too rare", () => {
  const together = [100, 200, 300, 400, 500, 600];
  const alone = [150, 250, 350, 450, 550, 650].flatMap((day) => [at(day, "a"), at(day + 20, "b")]);
  const found = codeAssociations(
    [...together.map((day) => at(day, "a", "b")), ...alone, at(700, "rare")],
    together.map((day) => repair(day + 1)),
    WINDOW,
  );
  expect(found[0]?.codes).toEqual(["a", "b"]);
  expect(found[0]?.precision).toBe(1);
  expect(found.map(({ codes }) => codes)).not.toContainEqual(["rare"]);
});

it("does not count the visit's own codes", () => {
  const days = [10, 20, 30, 40, 50];
  const found = codeAssociations(
    days.map((day) => at(day, "a")),
    days.map((day) => repair(day + 0.5)),
    { ...WINDOW, leastLeadMs: DAY },
  );
  expect(found[0]?.followed).toBe(0);
  expect(found[0]?.leadMs).toBeNull();
});
