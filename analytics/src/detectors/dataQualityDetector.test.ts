import { expect, it } from "vitest";
import { loadRules } from "../catalogue.ts";
import { newVehicleState } from "../engine/state.ts";
import { comparableSince } from "./changePoint.ts";
import { dataQualityDetector } from "./dataQualityDetector.ts";
import { dataWeek } from "./dataWeek.ts";
import { evidenceGaps } from "./evidenceGaps.ts";
import { trackDetections } from "./track.ts";
import { viewOf } from "./view.ts";

const dayName = (day: number) => new Date(Date.parse("2026-01-05T00:00:00Z") + day * 86_400_000).toISOString().slice(0, 10);

function viewAt(days: number, of: (day: number) => Record<string, number>) {
  const quality = Array.from({ length: days }, (_, day) => ({ day: dayName(day), samples: 10, values: of(day) }));
  const known = { vin: "V1", day: dayName(days - 1), offsetMinutes: 0, lastDataMs: null, master: null, peerBaselineAh: null };
  return viewOf({ ...known, state: newVehicleState(), series: { cellDays: [], sessions: [], daily: { quality } } });
}

it("begins weeks on Mondays", () => {
  expect([dataWeek("2026-01-05"), dataWeek("2026-01-11"), dataWeek("2026-01-12")]).toEqual(["2026-01-05", "2026-01-05", "2026-01-12"]);
});

it("says how much of the week was seen", () => {
  const view = viewAt(10, (day) => ({
    distanceKm: 50,
    distanceSeenKm: day < 7 ? 50 : 20,
    chargePct: 40,
    chargeSeenPct: 38,
    intervalS: 30,
  }));
  const { quality } = dataQualityDetector.judge(view);
  expect(quality).toEqual({
    ...{ week: "2026-01-12", days: 3, drivingCoverage: 0.4, chargingCoverage: 0.95, intervalS: 30 },
    problems: ["driving_coverage_low"],
  });
});

it("reports a clock that is ahead", async () => {
  const view = viewAt(6, () => ({ clockAheadS: 900, distanceKm: 1 }));
  const { detections } = dataQualityDetector.judge(view);
  const texts = new Map((await loadRules()).detectors.map((shipped) => [shipped.id, shipped]));
  const { findings } = trackDetections(dataQualityDetector, view, detections ?? [], [], texts);
  expect(findings.map(evidenceGaps)).toEqual([[]]);
  expect(detections?.[0]).toMatchObject({ sourceId: "data-quality", severity: "info", evidence: { value: 900, unit: "s" } });
});

it("lets baselines begin again where the battery management's software changed", () => {
  const view = viewAt(12, (day) => ({ ...(day < 8 ? { bmsSoftware: 41 } : day === 9 ? {} : { bmsSoftware: 42 }) }));
  expect(comparableSince(view)).toBe(dayName(8));
  expect(dataQualityDetector.judge(view).quality?.problems).toEqual(["software_changed"]);
  expect(comparableSince(viewAt(12, () => ({ bmsSoftware: 42 })))).toBe("");
});
