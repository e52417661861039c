import { median } from "simple-statistics";
import { addDays, type Day } from "../engine/days.ts";
import { peerReadings } from "../fleet/peers.ts";
import { comparableSince } from "./changePoint.ts";
import { daySeries, describe, featureDays, rounded } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { type InsulationDay, insulationTrend, type Trend } from "./insulation/insulationTrend.ts";
import { defineSettings } from "./settings.ts";

const ID = "insulation-trend";
/** A reading this near to the highest the car has ever sent, on days that mostly read exactly that, is the meter's end and no value. */
const CAP_NEAR = 0.995;
const CAP_SHARE = 0.5;
const WINDOW_DAYS = 60;
const settings = defineSettings(ID, {
  // Least insulation of a circuit that also feeds alternating current, Ω/V (GB 18384, ISO 6469).
  limitOhmPerV: 500,
  // How far ahead a crossing has to lie, at the centre and at its late bound, before it is worth saying.
  crossingDays: 90,
  latestDays: 240,
  warningDays: 21,
});

/** Insulation that wears away, months before it is dangerous. */
export const insulationTrendDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 2,
  clearAfterDays: 30,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { limitOhmPerV, crossingDays, latestDays } = settings.of(view);
    const since = [addDays(view.day, -WINDOW_DAYS), comparableSince(view)].sort().at(-1) ?? "";
    const days = insulationDays(view, since);
    const trend = insulationTrend(days, { limitOhmPerV });
    if (trend.kind === "not_evaluated") return { detections: null, notEvaluated: { reason: trend.reason, samples: days.length } };
    const isWorn = trend.kind === "falling" && trend.daysToLimit <= crossingDays && trend.latestDays <= latestDays;
    return { detections: isWorn ? [detectionOf(trend, days, view)] : [], notEvaluated: null };
  },
};

/** The window's days with their censoring, which needs the highest reading the car has ever sent. */
function insulationDays(view: VehicleView, since: Day): InsulationDay[] {
  const all = view.series.daily["insulation"] ?? [];
  const capKohm = Math.max(0, ...all.map(({ values }) => ((values["atMaxShare"] ?? 0) >= CAP_SHARE ? (values["maxKohm"] ?? 0) : 0)));
  return all.flatMap(({ day, values }) => {
    const { p10OhmPerV, p10Kohm } = values;
    if (day < since || p10OhmPerV === undefined || p10Kohm === undefined) return [];
    return [{ day, ohmPerV: p10OhmPerV, isCensored: capKohm > 0 && p10Kohm >= CAP_NEAR * capKohm }];
  });
}

function detectionOf(trend: Extract<Trend, { kind: "falling" }>, days: readonly InsulationDay[], view: VehicleView): Detection {
  const { daily } = view.series;
  const ratioOf = (name: string) => featureDays(daily["insulation"], name, addDays(view.day, -14)).map(({ value }) => value);
  const [driving, charging] = [ratioOf("drivingKohm"), ratioOf("chargingKohm")];
  const byLoad = driving.length > 0 && charging.length > 0 ? median(charging) / median(driving) : null;
  return describe(view, {
    sourceId: ID,
    component: "battery_insulation",
    severity: trend.daysToLimit <= settings.of(view).warningDays ? "warning" : "advice",
    fromDay: days[0]?.day ?? view.day,
    value: trend.presentOhmPerV,
    unit: "Ω/V",
    low: trend.presentLow,
    high: trend.presentHigh,
    threshold: settings.of(view).limitOhmPerV,
    samples: trend.days,
    readings: {
      decades_per_month: rounded(trend.decadesPerMonth),
      decades_per_month_high: rounded(trend.decadesPerMonthHigh),
      days_to_limit: Math.round(trend.daysToLimit),
      days_to_limit_earliest: Math.round(trend.earliestDays),
      days_to_limit_latest: Math.round(trend.latestDays),
      wet_sensitivity_decades: rounded(trend.wetDecades),
      censored_days: trend.censoredDays,
      charging_by_driving: rounded(byLoad),
      ...peerReadings(view.peers.of("insulation", "p10OhmPerV"), trend.presentOhmPerV),
    },
    series: [
      daySeries(view, {
        name: "insulation (a day's tenth percentile)",
        unit: "Ω/V",
        points: days.map(({ day, ohmPerV, isCensored }) => [day, isCensored ? null : ohmPerV]),
      }),
    ],
    words: { days: Math.round(trend.daysToLimit), earliest: Math.round(trend.earliestDays), latest: Math.round(trend.latestDays) },
  });
}
