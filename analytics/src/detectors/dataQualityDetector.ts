import { median } from "simple-statistics";
import { addDays } from "../engine/days.ts";
import type { QualityRow } from "../features/dataQuality.ts";
import type { DayFeatures } from "../features/family.ts";
import { peerReadings } from "../fleet/peers.ts";
import { isStaggered } from "./cellTrendsDetector.ts";
import { comparableSince } from "./changePoint.ts";
import { type CoverageProblem, coverageOf, coverageProblem } from "./coverage.ts";
import { dataWeek } from "./dataWeek.ts";
import { daySeries, describe, featureDays } from "./describe.ts";
import type { Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const ID = "data-quality";
const settings = defineSettings(ID, { clockAheadS: 120, clockDaysMin: 3 });

/** What in a week's data is not right; closed list. */
type QualityProblem = CoverageProblem | "staggered_samples" | "clock_ahead" | "software_changed";

/** How much of the vehicle's week was seen and what in it cannot be trusted: a row per week, and a finding where the clock is wrong. */
export const dataQualityDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 14,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const days = weekDays(view);
    if (days.length === 0) return { detections: null, notEvaluated: { reason: "no_reports", samples: 0 } };
    const { clockAheadS, clockDaysMin } = settings.of(view);
    const quality = qualityOf(view, days);
    const ahead = featureDays(view.series.daily["quality"], "clockAheadS", addDays(view.day, -7)).filter(
      ({ value }) => value >= clockAheadS,
    );
    if (ahead.length < clockDaysMin) return { detections: [], notEvaluated: null, quality };
    const values = ahead.map(({ value }) => value).sort((a, b) => a - b);
    const detection = describe(view, {
      sourceId: ID,
      component: "sensor",
      severity: "info",
      fromDay: ahead[0]?.day ?? view.day,
      value: median(values),
      unit: "s",
      low: values[0] ?? null,
      high: values.at(-1) ?? null,
      threshold: clockAheadS,
      samples: ahead.length,
      readings: { problem: "clock_ahead", ...peerReadings(view.peers.of("quality", "clockAheadS"), median(values)) },
      series: [daySeries(view, { name: "clock ahead of receipt", unit: "s", points: ahead.map(({ day, value }) => [day, value]) })],
      words: { days: ahead.length },
    });
    return { detections: [detection], notEvaluated: null, quality };
  },
};

function weekDays({ series, day }: VehicleView): DayFeatures[] {
  const monday = dataWeek(day);
  return (series.daily["quality"] ?? []).filter((row) => row.day >= monday && row.day <= day);
}

function qualityOf(view: VehicleView, days: readonly DayFeatures[]): QualityRow {
  const drivingCoverage = coverageOf(days, "driving");
  const chargingCoverage = coverageOf(days, "charging");
  const intervals = featureDays(days, "intervalS").map(({ value }) => value);
  const problems: QualityProblem[] = (["driving", "charging"] as const).flatMap((kind) => coverageProblem(days, kind) ?? []);
  if (isStaggered(view)) problems.push("staggered_samples");
  if (featureDays(days, "clockAheadS").some(({ value }) => value >= settings.of(view).clockAheadS)) problems.push("clock_ahead");
  if (comparableSince(view) >= dataWeek(view.day)) problems.push("software_changed");
  const intervalS = intervals.length === 0 ? null : median(intervals);
  return { week: dataWeek(view.day), days: days.length, drivingCoverage, chargingCoverage, intervalS, problems };
}
