import { expect, it } from "vitest";
import type { CodeInstant } from "./codeInstants.ts";
import { codeRisk, type LabelledInstant, learnCodeRisk } from "./codeRisk.ts";

const DAY = 86_400_000;
const HOUR = DAY / 24;

function instant(now: readonly string[], { hour = 12, pumpDays }: { hour?: number; pumpDays?: number } = {}): CodeInstant {
  const partAgeMs = new Map(pumpDays === undefined ? [] : [["pump", pumpDays * DAY]]);
  return { unit: "m", atMs: 400 * DAY + hour * HOUR, now, active: now, partAgeMs };
}

function times(count: number, of: CodeInstant, failures: number): LabelledInstant[] {
  return Array.from({ length: count }, (_, i) => ({ instant: of, unitAgeYears: null, failed: i < failures }));
}

function learn(history: readonly LabelledInstant[]) {
  const model = learnCodeRisk(history);
  if (model === null) throw new Error("expected a model");
  return (of: CodeInstant) => codeRisk(model, of, null);
}

it("learns that two codes together mean what neither means alone", () => {
  const risk = learn([...times(60, instant(["a"]), 6), ...times(60, instant(["b"]), 6), ...times(30, instant(["a", "b"]), 27)]);
  expect(risk(instant(["a", "b"]))).toBeGreaterThan(0.8);
  expect(risk(instant(["a"]))).toBeLessThan(0.2);
});

it("learns the hour and the age of a part", () => {
  const risk = learn([
    ...times(50, instant(["a"], { hour: 6, pumpDays: 90 }), 45),
    ...times(50, instant(["a"], { hour: 6, pumpDays: 5 }), 25),
    ...times(100, instant(["a"], { hour: 15, pumpDays: 90 }), 10),
  ]);
  expect(risk(instant(["a"], { hour: 6, pumpDays: 90 }))).toBeGreaterThan(risk(instant(["a"], { hour: 6, pumpDays: 5 })));
  expect(risk(instant(["a"], { hour: 6, pumpDays: 90 }))).toBeGreaterThan(risk(instant(["a"], { hour: 15, pumpDays: 90 })) + 0.4);
});

it("judges codes, parts and ages it has never met as average instead of failing", () => {
  const risk = learn([...times(50, instant(["a"], { pumpDays: 30 }), 10), ...times(50, instant(["b"], { pumpDays: 10 }), 5)]);
  const probability = risk(instant(["new"]));
  expect(probability).toBeGreaterThan(0);
  expect(probability).toBeLessThan(0.5);
});

it("has no model without history", () => {
  expect(learnCodeRisk([])).toBeNull();
});
