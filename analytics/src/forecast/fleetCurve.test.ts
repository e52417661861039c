import { expect, it } from "vitest";
import { FLEET_SHAPES, fleetCurve } from "./fleetCurve.ts";

const fading = (start: number, perWeek: number, weeks: number) => Array.from({ length: weeks }, (_, w) => start - perWeek * w);

it("is the straight line along which all vehicles fade, also beyond the oldest", () => {
  const fleet = [134, 133, 135].map((start) => fading(start, 0.1, 50));
  const curve = fleetCurve(fleet, 80);
  expect(curve).toHaveLength(80);
  for (const week of [0, 25, 49, 79]) expect(curve[week]).toBeCloseTo(134 - 0.1 * week, 6);
});

it("does not follow one odd vehicle of six", () => {
  const fleet = [133, 133.5, 134, 134, 134.5, 20].map((start) => fading(start, 0.1, 40));
  expect(fleetCurve(fleet, 1)[0]).toBeCloseTo(133.625, 6);
});

it("leaves out unmeasured weeks, and is empty without vehicles", () => {
  const gap = fading(134, 0.1, 30).map((ah, week) => (week % 3 === 1 ? null : ah));
  expect(fleetCurve([gap], 30)[10]).toBeCloseTo(133, 6);
  expect(fleetCurve([], 10)).toEqual([]);
});

it.each(FLEET_SHAPES)("$name: goes through the middle of vehicles that fade alike, and past one that left them", ({ curve }) => {
  const fade = (week: number) => 134 - 1.9 * Math.sqrt(week + 1);
  const fleet = [-1, -0.5, 0, 0.5, 1].map((offset) => Array.from({ length: 100 }, (_, week) => fade(week) + offset));
  const strayed = [...fleet, Array.from({ length: 100 }, (_, week) => fade(week) - (week > 60 ? 8 : 0))];
  const drawn = curve(strayed, 120);
  expect(drawn).toHaveLength(120);
  for (const week of [5, 50, 95]) expect(Math.abs((drawn[week] ?? 0) - fade(week))).toBeLessThan(0.8);
});
