import { expect, it } from "vitest";
import { type CellRow, createCellRollUp } from "./rollUpCellDays.ts";

const row = (change: Partial<CellRow> = {}): CellRow => ({
  day: "2026-01-01",
  cellVoltagesV: [3.7, 3.71, 3.69, 3.6],
  currentA: 0,
  speedKmh: 0,
  chargeState: "not_charging",
  socPct: 50,
  ...change,
});

function rollUp(rows: readonly CellRow[]) {
  const sums = createCellRollUp();
  for (const r of rows) sums.add(r);
  return sums.days();
}

it("takes deviations from the row's median and counts the lowest cell", () => {
  const [day] = rollUp([row(), row()]);
  expect(day).toMatchObject({
    day: "2026-01-01",
    load: "rest",
    samples: 2,
    cells: 4,
    lowest: [0, 0, 0, 2],
    usable: [2, 2, 2, 2],
    socMeanPct: 50,
  });
  expect(day?.deviationMeanMv.map((x) => Math.round((x ?? 0) * 10) / 10)).toEqual([5, 15, -5, -95]);
});

it("keeps load states apart and takes charging from current and speed where the state is missing", () => {
  const rows = [
    row(),
    row({ currentA: 30, speedKmh: 40 }),
    row({ currentA: -30, chargeState: null }),
    row({ currentA: -30, chargeState: null, speedKmh: 40 }),
  ];
  expect(rollUp(rows).map((d) => [d.load, d.samples])).toEqual([
    ["rest", 1],
    ["charge", 1],
    ["drive", 2],
  ]);
});

it("counts an impossible reading apart and a missing one not at all", () => {
  const voltages = Array.from({ length: 40 }, () => 3.7);
  const [day] = rollUp([row({ cellVoltagesV: [66, null, ...voltages] })]);
  expect(day?.implausible.slice(0, 3)).toEqual([1, 0, 0]);
  expect(day?.usable.slice(0, 3)).toEqual([0, 0, 1]);
  expect(day?.deviationMeanMv.slice(0, 2)).toEqual([null, null]);
});

it("leaves out torn rows, rows without current and rows of another length", () => {
  expect(
    rollUp([row({ cellVoltagesV: [66, 3.7, 3.7, 3.7] }), row({ currentA: null }), row({ cellVoltagesV: [null, null, null, 3.7] })]),
  ).toEqual([]);
  const [day, ...others] = rollUp([row(), row(), row({ cellVoltagesV: [3.7, 3.7] })]);
  expect([day?.samples, day?.cells, others.length]).toEqual([2, 4, 0]);
});

it("recovers the extra resistance of a cell: 3.7 V - 2 mohm x current", () => {
  const at = (currentA: number): CellRow => row({ currentA, speedKmh: 30, cellVoltagesV: [3.7, 3.7, 3.7, 3.7 - 0.002 * currentA] });
  const [day] = rollUp([at(10), at(20), at(60)]);
  expect(day?.excessResistanceMohm[3]).toBeCloseTo(2, 6);
  expect(day?.excessResistanceMohm[0]).toBeCloseTo(0, 6);
  expect(rollUp([row(), row()])[0]?.excessResistanceMohm[0]).toBeNull();
});

it.each([
  { mvPerRow: 0.2, stuck: 250, moving: 150 },
  { mvPerRow: 2.5, stuck: 60, moving: 39 },
])(
  "calls a channel stuck when the pack moved while it did not: at $mvPerRow mV a row after $stuck readings, not after $moving",
  ({ mvPerRow, stuck, moving }) => {
    const at = (k: number): CellRow => {
      const volts = 3.6 + (mvPerRow * k) / 1000;
      return row({ cellVoltagesV: [volts, volts, volts, 3.65] });
    };
    const after = (n: number) => rollUp(Array.from({ length: n }, (_, k) => at(k)))[0]?.stuck;
    expect(after(stuck)).toEqual([false, false, false, true]);
    expect(after(moving)).toEqual([false, false, false, false]);
  },
);
