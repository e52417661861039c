import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CellDay } from "../../features/cellDaily.ts";
import { detectAbnormalCell } from "./detectAbnormalCell.ts";
import { evaluateCellDays } from "./evaluateCellDays.ts";
import type { CellVerdict } from "./verdict.ts";

const CELLS = 48;

/** A fixed pattern of -2..2 mV: no two days alike, no randomness. */
function wander(cell: number, day: number): number {
  return 2 * Math.sin(cell * 12.9898 + day * 78.233);
}

function dayName(day: number): string {
  return new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10);
}

type Change = Partial<Pick<CellDay, "samples" | "stuck" | "implausible" | "load">>;

/** One day of a healthy pack; `deviation` adds a fault. */
function cellDay(day: number, deviation: (cell: number, day: number) => number, change: Change = {}): CellDay {
  const perCell = <T>(of: (cell: number) => T): T[] => Array.from({ length: CELLS }, (_, i) => of(i + 1));
  return {
    day: dayName(day),
    load: "drive",
    samples: 100,
    cells: CELLS,
    deviationMeanMv: perCell((cell) => wander(cell, day) + deviation(cell, day)),
    deviationSdMv: perCell((cell) => 8 + wander(cell, day + 50) / 4),
    deviationMinMv: perCell(() => -20),
    excessResistanceMohm: perCell((cell) => wander(cell, day + 100) / 100),
    lowest: perCell(() => 0),
    usable: perCell(() => 100),
    implausible: perCell(() => 0),
    stuck: perCell(() => false),
    currentMeanA: 10,
    currentSdA: 20,
    socMeanPct: 60,
    ...change,
  };
}

function days(count: number, deviation: (cell: number, day: number) => number = () => 0): CellDay[] {
  return Array.from({ length: count }, (_, day) => cellDay(day, deviation));
}

function cellsOf(verdict: CellVerdict): number[] {
  return verdict.kind === "abnormal" ? verdict.cells.map((c) => c.cell) : [];
}

function onlyCell(verdict: CellVerdict) {
  expect(verdict.kind).toBe("abnormal");
  return verdict.kind === "abnormal" ? verdict.cells[0] : undefined;
}

describe("detectAbnormalCell", () => {
  it("calls a healthy pack normal", () => {
    expect(detectAbnormalCell(days(30))).toMatchObject({ kind: "normal", sensors: [] });
  });

  it("names a cell that is low from the first day, on the third day and not before", () => {
    const record = days(5, (cell) => (cell === 17 ? -25 : 0));
    expect(cellsOf(detectAbnormalCell(record.slice(0, 2)))).toEqual([]);
    const found = onlyCell(detectAbnormalCell(record.slice(0, 3)));
    expect(found).toMatchObject({ cell: 17, direction: "low", sinceDay: dayName(0), evidenceDay: dayName(0), severity: "advice" });
    expect(found?.deviationMv).toBeCloseTo(-25, -1);
  });

  it("ignores a single bad day, however bad", () => {
    const record = days(20, (cell, day) => (cell === 17 && day === 12 ? -80 : 0));
    expect(evaluateCellDays(record)).toEqual([]);
  });

  it("reports a deep drop after two days", () => {
    const record = days(20, (cell, day) => (cell === 17 && day >= 15 ? -70 : 0));
    expect(evaluateCellDays(record)[0]).toMatchObject({ cell: 17, firstSeen: dayName(16) });
  });

  it("reports a cell that is deep down on both days of a record of two, and does not call the others well", () => {
    expect(onlyCell(detectAbnormalCell(days(2, (cell) => (cell === 17 ? -60 : 0))))).toMatchObject({ cell: 17, severity: "warning" });
    expect(detectAbnormalCell(days(2, (cell) => (cell === 17 ? -25 : 0)))).toMatchObject({ reason: "too_few_usable_days" });
    expect(detectAbnormalCell(days(1, (cell) => (cell === 17 ? -60 : 0)))).toMatchObject({ reason: "too_few_usable_days" });
  });

  it("finds a slow leak and says since when and how much it changed", () => {
    const record = days(40, (cell, day) => (cell === 30 ? -0.7 * Math.max(0, day - 8) : 0));
    const found = onlyCell(detectAbnormalCell(record));
    expect(found?.cell).toBe(30);
    expect(found?.tests).toContain("change");
    expect(found?.changeMv).toBeLessThan(-15);
    expect((found?.sinceDay ?? "") > dayName(20)).toBe(true);
  });

  it("finds a cell that was high and leaked down to the pack by its own baseline only", () => {
    const record = days(30, (cell, day) => (cell === 30 ? 20 - 2 * Math.max(0, day - 8) : 0));
    expect(onlyCell(detectAbnormalCell(record.slice(0, 25)))).toMatchObject({ cell: 30, measure: "change" });
  });

  it("does not take a module at another level for a fault", () => {
    const record = days(30, (cell) => (cell <= 12 ? -30 : cell > 36 ? 45 : 0));
    expect(detectAbnormalCell(record)).toMatchObject({ kind: "normal" });
  });

  it("finds a bad cell in a module that sits high", () => {
    const record = days(10, (cell) => (cell > 24 ? 45 : 0) + (cell === 40 ? -30 : 0));
    expect(onlyCell(detectAbnormalCell(record))).toMatchObject({ cell: 40, tests: ["level_in_module"], reference: "neighbours" });
    expect(onlyCell(detectAbnormalCell(record))?.deviationMv).toBeCloseTo(-30, -1);
  });

  it("never reports a high cell", () => {
    expect(detectAbnormalCell(days(20, (cell) => (cell === 9 ? 60 : 0)))).toMatchObject({ kind: "normal" });
  });

  it("reports two bad cells at once", () => {
    const record = days(10, (cell) => (cell === 9 ? -60 : cell === 33 ? -30 : 0));
    expect(cellsOf(detectAbnormalCell(record)).sort()).toEqual([33, 9]);
  });

  it("finds a cell whose resistance is higher than the pack's", () => {
    const record = days(10).map((d) => ({
      ...d,
      excessResistanceMohm: d.excessResistanceMohm.map((r, i) => (r ?? 0) + (i === 20 ? 0.2 : 0)),
    }));
    expect(onlyCell(detectAbnormalCell(record))).toMatchObject({ cell: 21, measure: "resistance", unit: "mohm" });
  });

  it("finds a cell that scatters without being low on average", () => {
    const record = days(5).map((d) => ({ ...d, deviationSdMv: d.deviationSdMv.map((sd, i) => (sd ?? 0) * (i === 20 ? 3 : 1)) }));
    expect(onlyCell(detectAbnormalCell(record))).toMatchObject({ cell: 21, measure: "scatter", direction: "erratic" });
  });

  it("is quiet about a cell that swings with the current because its resistance is lower than the pack's", () => {
    const record = days(5).map((d) => ({
      ...d,
      currentSdA: 40,
      excessResistanceMohm: d.excessResistanceMohm.map((_, i) => (i === 20 ? -0.5 : 0)),
      deviationSdMv: d.deviationSdMv.map((sd, i) => (i === 20 ? Math.hypot(sd ?? 0, 0.5 * 40) : sd)),
    }));
    expect(detectAbnormalCell(record)).toMatchObject({ kind: "normal" });
    const worse = record.map((d) => ({ ...d, excessResistanceMohm: d.excessResistanceMohm.map((r) => -(r ?? 0)) }));
    expect(onlyCell(detectAbnormalCell(worse))?.tests).toContain("scatter");
  });

  it("calls a stuck or impossible channel a sensor fault and says nothing about the cell", () => {
    const faulty = (flag: (i: number) => boolean) => Array.from({ length: CELLS }, (_, i) => flag(i));
    const stuck = days(6, (cell) => (cell === 5 ? -200 : 0)).map((d) => ({ ...d, stuck: faulty((i) => i === 4) }));
    expect(detectAbnormalCell(stuck)).toMatchObject({ kind: "normal", sensors: [{ cell: 5, reason: "stuck" }] });
    const impossible = days(6, (cell) => (cell === 5 ? -200 : 0)).map((d) => ({
      ...d,
      implausible: faulty((i) => i === 4).map((f) => (f ? 60 : 0)),
    }));
    expect(detectAbnormalCell(impossible)).toMatchObject({ kind: "normal", sensors: [{ cell: 5, reason: "implausible_readings" }] });
  });

  it("says why it cannot judge", () => {
    expect(detectAbnormalCell([])).toEqual({ kind: "not_evaluated", day: null, reason: "no_cell_data" });
    expect(detectAbnormalCell(days(2))).toMatchObject({ reason: "too_few_usable_days" });
    expect(detectAbnormalCell([...days(9), cellDay(9, () => 0, { samples: 5 })])).toMatchObject({ reason: "too_few_samples_on_day" });
    expect(detectAbnormalCell(days(9).map((d) => ({ ...d, cells: 6 })))).toMatchObject({ reason: "too_few_cells" });
  });

  it("forgets what was before the number of cells changed", () => {
    const before = days(10, (cell) => (cell === 17 ? -40 : 0)).map((d) => ({ ...d, cells: 47 }));
    const after = Array.from({ length: 2 }, (_, k) => cellDay(10 + k, () => 0));
    expect(detectAbnormalCell([...before, ...after])).toMatchObject({ reason: "too_few_usable_days" });
  });

  it("does not let days older than two months count as recent", () => {
    const record = [...days(5, (cell) => (cell === 17 ? -40 : 0)), cellDay(120, () => 0)];
    expect(detectAbnormalCell(record)).toMatchObject({ reason: "too_few_usable_days" });
  });
});

describe("laws of detectAbnormalCell", () => {
  const fault = fc.record({
    cell: fc.integer({ min: 1, max: CELLS }),
    depthMv: fc.integer({ min: 0, max: 60 }),
    onset: fc.integer({ min: 0, max: 12 }),
  });
  const record = ({ cell, depthMv, onset }: { cell: number; depthMv: number; onset: number }) =>
    days(16, (c, day) => (c === cell && day >= onset ? -depthMv : 0));

  it("depends only on the days up to the one under evaluation", () => {
    fc.assert(
      fc.property(fault, fc.integer({ min: 1, max: 16 }), (f, upTo) => {
        const all = record(f);
        const early = evaluateCellDays(all.slice(0, upTo)).map((r) => [r.cell, r.firstSeen]);
        const later = evaluateCellDays(all).filter((r) => r.firstSeen <= dayName(upTo - 1));
        expect(later.map((r) => [r.cell, r.firstSeen])).toEqual(early);
      }),
      { numRuns: 20 },
    );
  }, 20_000);

  it("does not change when every cell reads the same amount more", () => {
    fc.assert(
      fc.property(fault, fc.integer({ min: -50, max: 50 }), (f, offset) => {
        const all = record(f);
        const shifted = all.map((d) => ({ ...d, deviationMeanMv: d.deviationMeanMv.map((x) => (x === null ? null : x + offset)) }));
        expect(cellsOf(detectAbnormalCell(shifted))).toEqual(cellsOf(detectAbnormalCell(all)));
      }),
      { numRuns: 30 },
    );
  });

  it("mirrors with the order of the cells, as neighbourhood does", () => {
    const mirrored = (d: CellDay): CellDay => ({
      ...d,
      deviationMeanMv: d.deviationMeanMv.toReversed(),
      deviationSdMv: d.deviationSdMv.toReversed(),
      excessResistanceMohm: d.excessResistanceMohm.toReversed(),
    });
    fc.assert(
      fc.property(fault, (f) => {
        const all = record(f);
        expect(cellsOf(detectAbnormalCell(all.map(mirrored)))).toEqual(cellsOf(detectAbnormalCell(all)).map((cell) => CELLS + 1 - cell));
      }),
      { numRuns: 30 },
    );
  });

  it("permutes with any permutation of the cells in a pack without modules", () => {
    fc.assert(
      fc.property(fault, fc.shuffledSubarray([...Array(CELLS).keys()], { minLength: CELLS }), (f, order) => {
        const all = record({ ...f, depthMv: f.depthMv > 30 ? f.depthMv : 0 });
        const pick = <T>(xs: readonly T[]): T[] => order.flatMap((i) => xs.slice(i, i + 1));
        const permuted = all.map((d) => ({
          ...d,
          deviationMeanMv: pick(d.deviationMeanMv),
          deviationSdMv: pick(d.deviationSdMv),
          excessResistanceMohm: pick(d.excessResistanceMohm),
        }));
        expect(cellsOf(detectAbnormalCell(permuted))).toEqual(cellsOf(detectAbnormalCell(all)).map((cell) => order.indexOf(cell - 1) + 1));
      }),
      { numRuns: 30 },
    );
  });

  it("never throws and never mutates, whatever is missing", () => {
    const gap = fc.tuple(fc.integer({ min: 0, max: 15 }), fc.integer({ min: 0, max: CELLS - 1 }));
    fc.assert(
      fc.property(fault, fc.array(gap, { maxLength: 200 }), (f, gaps) => {
        const missing = new Set(gaps.map(([day, cell]) => `${day}/${cell}`));
        const all = record(f).map((d, day) => {
          const drop = (xs: readonly (number | null)[]) => xs.map((x, i) => (missing.has(`${day}/${i}`) ? null : x));
          return {
            ...d,
            deviationMeanMv: drop(d.deviationMeanMv),
            excessResistanceMohm: drop(d.excessResistanceMohm),
            deviationSdMv: drop(d.deviationSdMv),
          };
        });
        const copy = structuredClone(all);
        detectAbnormalCell(all);
        expect(all).toEqual(copy);
      }),
      { numRuns: 30 },
    );
  });
});
