import { expect, it } from "vitest";
import { loadRules } from "../../catalogue.ts";
import { addDays } from "../../engine/days.ts";
import { newVehicleState } from "../../engine/state.ts";
import type { ChargingSession } from "../../features/chargingSession.ts";
import { learnFadeFleet } from "../../forecast/fadeForecast.ts";
import { HEALTH_VERSION, startTrack } from "../../soh/healthTrack.ts";
import type { Detection, VehicleView } from "../detector.ts";
import { evidenceGaps } from "../evidenceGaps.ts";
import { trackDetections } from "../track.ts";
import { viewOf } from "../view.ts";
import { capacityDetector } from "./capacityDetector.ts";
import { fadeDetection, forecastOf } from "./fadeDetection.ts";
import { healthRow } from "./weeklyHealth.ts";

const DAY_MS = 86_400_000;
const END_MS = Date.parse("2026-06-01T00:00:00Z");

/** Read once: it takes longer than the tests. */
const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));

it("a worn pack is told with all that a warranty department asks", () => {
  const sessions: ChargingSession[] = Array.from({ length: 12 }, (_, i) => ({
    startedMs: END_MS - (4 * i + 2) * DAY_MS,
    endedMs: END_MS - (4 * i + 2) * DAY_MS + 6 * 3_600_000,
    tickSocPct: 80,
    tickChargeAh: 0.8 * 66,
    maxGapS: 30,
    samples: 400,
    tempMeanC: 25,
    isDc: false,
  }));
  const master = { model: "m", chemistry: "NCM", nominalAh: 100 };
  const known = { vin: "V", day: "2026-05-31", offsetMinutes: 0, lastDataMs: END_MS - 1, master, peerBaselineAh: null };
  const view = viewOf({ ...known, series: { cellDays: [], sessions, daily: {} }, state: newVehicleState() });
  expectWhole(view, capacityDetector.judge(view).detections ?? [], "battery-capacity");
});

it("a pack that falls faster than its peers is told with all that a warranty department asks", () => {
  const fall = (slope: number, bend: number) =>
    Array.from({ length: 24 }, (_, i) => ({
      month: i,
      sohPct: 101.5 + slope * Math.sqrt(i + 1) + 0.2 * (i % 3) - bend * Math.max(0, i - 15),
    }));
  const fadeFleet = learnFadeFleet(Array.from({ length: 30 }, (_, v) => fall(-1.6 + 0.02 * (v - 15), 0)));
  const points = fall(-1.6, 1.2).map(({ month, sohPct }) => ({ day: addDays("2024-06-01", Math.round(30.4375 * month)), sohPct }));
  const { day, sohPct } = points.at(-1) ?? { day: "", sohPct: 0 };
  const known = { vin: "V", day, offsetMinutes: 0, lastDataMs: Date.parse(day) + DAY_MS - 1, peerBaselineAh: null, fadeFleet };
  const master = { model: "m", chemistry: "NCM", nominalAh: 100 };
  const view = viewOf({ ...known, master, series: { cellDays: [], sessions: [], daily: {} }, state: newVehicleState() });
  const track = { ...startTrack({ sohPct, sdPct: 0.6 }), cause: null };
  const health = { track, day, fullDay: day, referenceAh: 100, referenceSource: "nominal", version: HEALTH_VERSION, history: points };
  const row = healthRow(day, { kind: "not_enough_evidence", sessions: 9, reason: "" }, { ah: 100, source: "nominal" }, health);
  expectWhole(view, fadeDetection(view, row, health, forecastOf(view, health, row.accuracyClass)), "battery-fade");
});

function expectWhole(view: VehicleView, detections: readonly Detection[], sourceId: string): void {
  const { findings } = trackDetections(capacityDetector, view, detections, [], texts);
  expect(findings.map(({ source }) => source.id)).toEqual([sourceId]);
  expect(findings.map(evidenceGaps)).toEqual([[]]);
}
