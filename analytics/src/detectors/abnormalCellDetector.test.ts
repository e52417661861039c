import { expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import { newVehicleState } from "../engine/state.ts";
import type { CellDay } from "../features/cellDaily.ts";
import { abnormalCellDetector } from "./abnormalCellDetector.ts";
import { evidenceGaps } from "./evidenceGaps.ts";
import { trackDetections } from "./track.ts";
import { viewOf } from "./view.ts";

/** Read once: it takes longer than the tests. */
const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));

const CELLS = 48;
const DAY_MS = 86_400_000;
const START = Date.parse("2026-01-01T00:00:00Z");

/** A day on which cells 1 to 48 differ by a fixed pattern; `change` breaks cell 21. */
function cellDay(day: number, change: Partial<CellDay>): CellDay {
  const perCell = <T>(of: (cell: number) => T): T[] => Array.from({ length: CELLS }, (_, i) => of(i + 1));
  const wander = (cell: number, salt: number) => 2 * Math.sin(cell * 12.9898 + (day + salt) * 78.233);
  return {
    day: new Date(START + day * DAY_MS).toISOString().slice(0, 10),
    load: "drive",
    samples: 100,
    cells: CELLS,
    deviationMeanMv: perCell((cell) => wander(cell, 0)),
    deviationSdMv: perCell((cell) => 8 + wander(cell, 50) / 4),
    deviationMinMv: perCell(() => -20),
    excessResistanceMohm: perCell((cell) => wander(cell, 100) / 100),
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

const only21 = <T>(others: T, own: T): T[] => Array.from({ length: CELLS }, (_, i) => (i === 20 ? own : others));

it.each([
  [{ stuck: only21(false, true) }, "unusable (readings stuck) on", "数据不可用（读数卡滞）"],
  [{ implausible: only21(0, 60) }, "unusable (implausible readings) on", "数据不可用（读数不合理）"],
  [{ deviationMeanMv: only21(0, -60) }, "60 mV below the pack's median, 60.0 mV lower than the next cell; first", "比次低电芯低60.0 mV；"],
  [{ deviationSdMv: only21(8, 24) }, "scattering 3.0 times as much as the next cell", "离散程度为次高电芯的3.0倍"],
  [{ excessResistanceMohm: only21(0, 0.5) }, "0.50 mΩ above the next cell's resistance", "内阻比次高电芯高0.50 mΩ"],
])("puts what it found into words, case %#", (change, en, zh) => {
  const { findings } = judged((day) => cellDay(day, change));
  expect(findings.map(evidenceGaps)).toEqual([[]]);
  expect(findings[0]?.sentence).toContain(en);
  expect(findings[0]?.sentenceZh).toContain(zh);
  expect(`${findings[0]?.sentence}${findings[0]?.sentenceZh}`).not.toContain("?");
});

it("gives a cell that has just begun to fall an interval that holds its value", () => {
  const { findings } = judged((day) => cellDay(day, { deviationMeanMv: only21(0, -4 * Math.max(0, day - 33)) }));
  expect(findings.map(({ cell }) => cell)).toEqual([21]);
  expect(findings.map(evidenceGaps)).toEqual([[]]);
});

function judged(of: (day: number) => CellDay) {
  const cellDays = Array.from({ length: 40 }, (_, day) => of(day));
  const lastDataMs = START + 39 * DAY_MS + 20 * 3_600_000;
  const master = { day: cellDays.at(-1)?.day ?? "", offsetMinutes: 0, master: null, peerBaselineAh: null };
  const view = viewOf({ vin: "V1", ...master, lastDataMs, series: { cellDays, sessions: [], daily: {} }, state: newVehicleState() });
  const { detections } = abnormalCellDetector.judge(view);
  return trackDetections(abnormalCellDetector, view, detections ?? [], [], texts);
}
