import { expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import type { DetectionState } from "../engine/state.ts";
import { newVehicleState } from "../engine/state.ts";
import type { DetectorTexts } from "../rules/schema.ts";
import type { Detection, Detector, VehicleView } from "./detector.ts";
import { trackDetections } from "./track.ts";
import { viewOf } from "./view.ts";

const START = Date.parse("2026-03-01T00:00:00Z");
const DAY_MS = 86_400_000;
const detector: Detector = {
  id: "probe",
  sourceIds: ["probe"],
  version: 1,
  clearAfterDays: 3,
  needsCells: true,
  judge: () => ({ detections: null, notEvaluated: null }),
};

function evening(day: number): VehicleView {
  const series = { cellDays: [], sessions: [], daily: {} };
  const name = new Date(START + day * DAY_MS).toISOString().slice(0, 10);
  const lastDataMs = START + day * DAY_MS + 20 * 3_600_000;
  const state = newVehicleState();
  return viewOf({ vin: "V1", day: name, offsetMinutes: 0, lastDataMs, series, state, master: null, peerBaselineAh: null });
}

function low(view: VehicleView, severity: Detection["severity"] = "advice"): Detection {
  const from = new Date(view.dayStartMs - 2 * DAY_MS).toISOString();
  const to = new Date(view.lastDataMs).toISOString();
  const numbers = { value: -20, unit: "mV", low: null, high: null, threshold: -15, samples: 90 };
  return {
    sourceId: "probe",
    component: "battery_cell",
    cell: 7,
    severity,
    evidence: { ...numbers, from, to, readings: {}, series: [] },
    words: {},
  };
}

/** Runs the days on which the detector speaks (null: it says the cell is fine) and returns what was published. */
function publishedOver(days: readonly (Detection["severity"] | null)[], texts: ReadonlyMap<string, DetectorTexts> = new Map()) {
  let before: readonly DetectionState[] = [];
  return days.flatMap((severity, day) => {
    const view = evening(day);
    const tracked = trackDetections(detector, view, severity === null ? [] : [low(view, severity)], before, texts);
    before = tracked.detections;
    return tracked.findings;
  });
}

it("dates a finding to the last data of the day that decided, and its evidence to where that begins", () => {
  const [opened] = publishedOver([null, null, "advice"]);
  expect(opened?.firstSeen).toBe("2026-03-03T20:00:00.000Z");
  expect(opened?.evidence.from).toBe("2026-03-01T00:00:00.000Z");
  expect(opened?.lastSeen).toBe("2026-03-03T20:00:00.000Z");
});

it("keeps id and firstSeen while the episode lasts, and clears after the latest data that showed it", () => {
  const findings = publishedOver(["advice", "advice", "warning", null, null, null, null]);
  expect(findings.map(({ state, severity }) => [state, severity])).toEqual([
    ["active", "advice"],
    ["active", "warning"],
    ["cleared", "warning"],
  ]);
  expect(new Set(findings.map(({ id, firstSeen }) => `${id} ${firstSeen}`)).size).toBe(1);
  expect(findings.at(-1)?.lastSeen).toBe("2026-03-03T20:00:00.000Z");
  expect(findings.at(-1)?.evidence.from).toBe(findings[0]?.evidence.from);
});

it("tells in both languages on which day it was first reported", async () => {
  const sentence = { en: "first reported {reportedDay}", zh: "首次报告于{reportedDay}" };
  const texts = new Map((await loadRules()).detectors.map((shipped) => ["probe", { ...shipped, sentence }]));
  const findings = publishedOver(["advice", "advice", "warning"], texts);
  expect(findings.map(({ sentence }) => sentence)).toEqual(["first reported 2026-03-01", "first reported 2026-03-01"]);
  expect(findings[1]?.sentenceZh).toBe("首次报告于2026-03-01");
});

it("opens again under another id after it has been cleared", () => {
  const findings = publishedOver(["advice", null, null, null, "advice"]);
  expect(findings.map(({ state }) => state)).toEqual(["active", "cleared", "active"]);
  expect(findings[2]?.id).not.toBe(findings[0]?.id);
});
