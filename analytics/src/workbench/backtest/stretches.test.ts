import { describe, expect, it } from "vitest";
import { divide } from "./stretches.ts";
import type { SurveyedDay } from "./survey.ts";

const DAY_MS = 86_400_000;
const [rough, calm, silent] = [
  (day: number): SurveyedDay => ({ day, rows: 10, isSettled: false, calmFromMs: 0, calmToMs: 0 }),
  (day: number): SurveyedDay => ({ day, rows: 10, isSettled: true, calmFromMs: day * DAY_MS + 1, calmToMs: day * DAY_MS + 9 }),
  (day: number): SurveyedDay => ({ day, rows: 10, isSettled: true, calmFromMs: 0, calmToMs: 0 }),
];
const vehicle = (fromMs: number, days: readonly SurveyedDay[]) => ({
  vin: "V",
  rows: 10 * days.length,
  unknown: 0,
  mayFire: 1,
  firstMs: 0,
  lastMs: 0,
  fromMs,
  days,
});
const scale = { windowMs: 100 * DAY_MS, warmUpMs: 2 * DAY_MS, isDayTold: true };

describe("divide", () => {
  it("reads the rough days and tells calm ones that follow each other by the ends of the stretch", () => {
    const days = [rough(110), calm(111), silent(112), calm(113), rough(114), calm(115)];
    expect(divide(vehicle(110 * DAY_MS + 5, days), scale)).toEqual({
      vin: "V",
      fromMs: 110 * DAY_MS + 5,
      days: [110, 114],
      rows: 20,
      calm: [
        { fromMs: 111 * DAY_MS + 1, toMs: 113 * DAY_MS + 9 },
        { fromMs: 115 * DAY_MS + 1, toMs: 115 * DAY_MS + 9 },
      ],
    });
  });

  it("reads the days before the window, and its first one whole, where something fires soon after its beginning", () => {
    const inside = { ...scale, windowMs: 100.5 * DAY_MS };
    const days = [calm(100), rough(101), calm(102)];
    expect(divide(vehicle(101 * DAY_MS, days), inside)).toMatchObject({
      fromMs: 98.5 * DAY_MS,
      days: [98, 99, 100, 101],
      calm: [{ fromMs: 102 * DAY_MS + 1, toMs: 102 * DAY_MS + 9 }],
    });
  });

  it("reads everything where a day cannot be told by its ends", () => {
    expect(divide(vehicle(110 * DAY_MS, [rough(110), calm(111)]), { ...scale, isDayTold: false })).toMatchObject({ days: null, calm: [] });
  });
});
