import { describe, expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import { newVehicleState } from "../engine/state.ts";
import type { CellDay } from "../features/cellDaily.ts";
import type { DayFeatures } from "../features/family.ts";
import { cellTrendsDetector } from "./cellTrendsDetector.ts";
import { evidenceGaps } from "./evidenceGaps.ts";
import { trackDetections } from "./track.ts";
import { viewOf } from "./view.ts";

const CELLS = 48;
const DAY_MS = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");
const dayName = (day: number) => new Date(START + day * DAY_MS).toISOString().slice(0, 10);

function cellDay(day: number, over: { mv?: (cell: number, day: number) => number; mohm?: (cell: number, day: number) => number }): CellDay {
  const perCell = <T>(of: (cell: number) => T): T[] => Array.from({ length: CELLS }, (_, i) => of(i + 1));
  const wander = (cell: number, salt: number) => Math.sin(cell * 12.9898 + (day + salt) * 78.233);
  return {
    day: dayName(day),
    load: "drive",
    samples: 100,
    cells: CELLS,
    deviationMeanMv: perCell((cell) => wander(cell, 0) + (cell % 7) + (over.mv?.(cell, day) ?? 0)),
    deviationSdMv: perCell(() => 5),
    deviationMinMv: perCell(() => -20),
    excessResistanceMohm: perCell((cell) => wander(cell, 100) / 100 + (cell % 5) * 0.01 + (over.mohm?.(cell, day) ?? 0)),
    lowest: perCell(() => 0),
    usable: perCell(() => 100),
    implausible: perCell(() => 0),
    stuck: perCell(() => false),
    currentMeanA: 10,
    currentSdA: 20,
    socMeanPct: 60,
  };
}

function family(days: number, values: Readonly<Record<string, number>>): DayFeatures[] {
  return Array.from({ length: days }, (_, day) => ({ day: dayName(day), samples: 100, values }));
}

function viewAt(days: number, over: Parameters<typeof cellDay>[1], steps: Readonly<Record<string, number>> = { r25Mohm: CELLS }) {
  const cellDays = Array.from({ length: days }, (_, day) => cellDay(day, over));
  const daily = { "load-steps": family(days, { cellMvPerSocPct: 8, ...steps }) };
  const master = { model: "M", chemistry: "NCM", nominalAh: 145 };
  const known = { vin: "V1", day: dayName(days - 1), offsetMinutes: 0, master, peerBaselineAh: null, state: newVehicleState() };
  return viewOf({ ...known, lastDataMs: START + (days - 1) * DAY_MS + 20 * 3_600_000, series: { cellDays, sessions: [], daily } });
}

describe("trends of single cells", () => {
  it("name a leak of 5 mA with its current and its limit", async () => {
    // 5 mA in 145 Ah is 0.083 % a day, 0.66 mV.
    const view = viewAt(50, { mv: (cell, day) => (cell === 21 ? -0.66 * Math.max(0, day - 20) : 0) });
    const { detections } = cellTrendsDetector.judge(view);
    expect(detections).toHaveLength(1);
    const [leak] = detections ?? [];
    expect(leak).toMatchObject({ sourceId: "cell-leak", cell: 21, severity: "advice", evidence: { unit: "mA" } });
    expect(leak?.evidence.value).toBeGreaterThan(4);
    expect(leak?.evidence.value).toBeLessThan(6);
    expect(leak?.evidence.threshold ?? 9).toBeLessThan(leak?.evidence.value ?? 0);
    const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
    const { findings } = trackDetections(cellTrendsDetector, view, detections ?? [], [], texts);
    expect(findings.map(evidenceGaps)).toEqual([[]]);
    expect(findings[0]?.sentence).toMatch(/^Cell 21 discharges itself by \d[\d.]* mA/);
    expect(`${findings[0]?.sentence}${findings[0]?.sentenceZh}`).not.toContain("?");
  });

  it("say nothing of a step, as balancing leaves it, nor of a module that sinks as a whole", () => {
    expect(cellTrendsDetector.judge(viewAt(50, { mv: (cell, day) => (cell === 21 && day > 30 ? -15 : 0) })).detections).toEqual([]);
    const module = (cell: number, day: number) => (cell > 36 ? -0.6 * Math.max(0, day - 20) : 0);
    expect(cellTrendsDetector.judge(viewAt(50, { mv: module })).detections).toEqual([]);
  });

  it("name a cell whose resistance has risen by a fifth, of a 1 mΩ cell", async () => {
    const view = viewAt(40, { mohm: (cell, day) => (cell === 7 && day > 20 ? 0.2 : 0) });
    const { detections } = cellTrendsDetector.judge(view);
    expect(detections).toHaveLength(1);
    expect(detections?.[0]).toMatchObject({ sourceId: "cell-resistance", cell: 7, evidence: { unit: "%" } });
    expect(detections?.[0]?.evidence.value).toBeCloseTo(20, -0.5);
    const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
    expect(trackDetections(cellTrendsDetector, view, detections ?? [], [], texts).findings.map(evidenceGaps)).toEqual([[]]);
  });

  it("do not read resistance from samples that do not belong together", () => {
    const view = viewAt(
      40,
      { mohm: (cell, day) => (cell === 7 && day > 20 ? 0.2 : 0) },
      { r25Mohm: CELLS, stepCorrelation: -0.3, stepCorrelationLate: -0.9 },
    );
    expect(cellTrendsDetector.judge(view)).toMatchObject({ detections: [], notEvaluated: { reason: "staggered_samples" } });
  });

  it("give the reason where there is too little", () => {
    expect(cellTrendsDetector.judge(viewAt(5, {}))).toMatchObject({ detections: null, notEvaluated: { reason: "too_few_usable_days" } });
  });
});
