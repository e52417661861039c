import { expect, it } from "vitest";
import { loadRules } from "../../catalogue.ts";
import { newVehicleState } from "../../engine/state.ts";
import type { ChargingSession } from "../../features/chargingSession.ts";
import { evidenceGaps } from "../evidenceGaps.ts";
import { trackDetections } from "../track.ts";
import { viewOf } from "../view.ts";
import { capacityDetector } from "./capacityDetector.ts";

const DAY_MS = 86_400_000;
const END_MS = Date.parse("2026-06-01T00:00:00Z");

it("a worn pack is told with all that a warranty department asks", async () => {
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
  const { detections } = capacityDetector.judge(view);
  const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
  const { findings } = trackDetections(capacityDetector, view, detections ?? [], [], texts);
  expect(findings.map(({ source }) => source.id)).toEqual(["battery-capacity"]);
  expect(findings.map(evidenceGaps)).toEqual([[]]);
});
