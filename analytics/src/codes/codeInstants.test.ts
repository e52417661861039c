import fc from "fast-check";
import { expect, it } from "vitest";
import { codeInstants, type UnitEvent } from "./codeInstants.ts";

const HOUR = 3_600_000;
const code = (unit: string, hour: number, name: string): UnitEvent => ({ unit, atMs: hour * HOUR, kind: "code", name });
const replaced = (unit: string, hour: number, name: string): UnitEvent => ({ unit, atMs: hour * HOUR, kind: "replacement", name });

it("takes codes of one time as one instant and keeps them active for less than the window", () => {
  const events = [code("m", 0, "b"), code("m", 0, "a"), code("m", 23, "c"), code("m", 24, "d")];
  expect([...codeInstants(events, 24 * HOUR)].map(({ now, active }) => ({ now, active }))).toEqual([
    { now: ["a", "b"], active: ["a", "b"] },
    { now: ["c"], active: ["a", "b", "c"] },
    { now: ["d"], active: ["c", "d"] },
  ]);
});

it("knows the age of replaced parts, but not of those replaced at the very instant", () => {
  const events = [replaced("m", 0, "pump"), replaced("m", 5, "fan"), code("m", 5, "a"), code("m", 7, "a")];
  expect([...codeInstants(events, HOUR)].map(({ partAgeMs }) => [...partAgeMs])).toEqual([
    [["pump", 5 * HOUR]],
    [
      ["pump", 7 * HOUR],
      ["fan", 2 * HOUR],
    ],
  ]);
});

it("keeps units apart, and says nothing at a replacement alone", () => {
  const events = [code("m", 0, "a"), code("n", 0, "b"), replaced("m", 1, "pump")];
  expect([...codeInstants(events, HOUR)].map(({ unit, active }) => [unit, active])).toEqual([
    ["m", ["a"]],
    ["n", ["b"]],
  ]);
});

it("never uses what comes later: the instants of a prefix are a prefix of the instants", () => {
  const event = fc.record({
    unit: fc.constantFrom("m", "n"),
    atMs: fc.integer({ min: 0, max: 30 }).map((h) => h * HOUR),
    kind: fc.constantFrom("code" as const, "replacement" as const),
    name: fc.constantFrom("a", "b", "c"),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), fc.integer({ min: 0, max: 30 }), (unsorted, untilHour) => {
      const events = [...unsorted].sort((a, b) => a.atMs - b.atMs);
      const before = events.filter(({ atMs }) => atMs <= untilHour * HOUR);
      const all = [...codeInstants(events, 6 * HOUR)].filter(({ atMs }) => atMs <= untilHour * HOUR);
      expect([...codeInstants(before, 6 * HOUR)]).toEqual(all);
    }),
  );
});
