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

it("learns that a fault is found at the next regular visit, where units keep a rhythm of visits, and only there", () => {
  const at = (unit: number, day: number, rhythm: number): CodeInstant => ({
    unit: `m${unit}`,
    atMs: day * DAY,
    now: ["a"],
    active: ["a"],
    partAgeMs: new Map([["pump", (day % rhythm || rhythm) * DAY]]),
  });
  const days = Array.from({ length: 400 }, (_, i) => ({ unit: i % 20, day: 30 + 3 * Math.floor(i / 20) + (i % 3) }));
  const history = days.map(({ unit, day }) => ({ instant: at(unit, day, 10), unitAgeYears: null, failed: day % 10 === 9 }));
  const risk = learn(history);
  expect(risk(at(1, 49, 10))).toBeGreaterThan(risk(at(1, 44, 10)) + 0.4);
  expect(learnCodeRisk(history)?.visitDays).toBe(10);
  expect(learnCodeRisk(times(50, instant(["a"], { pumpDays: 30 }), 10))?.visitDays).toBeNull();
});

it("does not take a unit for one that has just been to the workshop because nothing of its visits is on record", () => {
  const due = times(100, instant(["a"], { pumpDays: 90 }), 90);
  const fresh = times(100, instant(["a"], { pumpDays: 2 }), 5);
  const risk = learn([...due, ...fresh]);
  expect(risk(instant(["a"]))).toBeCloseTo(95 / 200, 1);
  const mixed = learn([...due, ...fresh, ...times(100, instant(["a"]), 50)]);
  expect(mixed(instant(["a"], { pumpDays: 90 }))).toBeGreaterThan(0.85);
  expect(mixed(instant(["a"], { pumpDays: 2 }))).toBeLessThan(0.1);
});
