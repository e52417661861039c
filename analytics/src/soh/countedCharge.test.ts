import { expect, it } from "vitest";
import { type CurrentSample, swingsOf } from "./countedCharge.ts";

/** 50 A out of a pack of 50 Ah: one percent in 36 s. */
const drive = (fromS: number, count: number, socPct: number): CurrentSample[] =>
  Array.from({ length: count }, (_, i) => ({ atS: fromS + 5 * i, currentA: 50, socPct: socPct - (5 * i) / 36 }));

it("counts the charge of a swing", () => {
  const [swing, ...rest] = swingsOf(drive(0, 73, 80));
  expect(rest).toEqual([]);
  expect(swing?.x).toBeCloseTo(0.1, 6);
  expect(swing?.y).toBeCloseTo(5, 6);
});

it("ends at a gap and at a correction of the state of charge, and drops what is too small", () => {
  expect(swingsOf([...drive(0, 73, 80), ...drive(1000, 73, 70)])).toHaveLength(2);
  expect(swingsOf([...drive(0, 73, 80), ...drive(365, 73, 75)])).toHaveLength(2);
  expect(swingsOf(drive(0, 10, 80))).toEqual([]);
  expect(swingsOf([])).toEqual([]);
});
