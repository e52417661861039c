import { median } from "simple-statistics";
import type { DayFeatures } from "../../features/family.ts";
import { modelPeers } from "../../fleet/peers.ts";
import { daysOf, detectionOf, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { USAGE_NOTES, usageProfile, useWords } from "../usageProfile.ts";
import { type PlaceVerdict, splitByPlace } from "./splitByPlace.ts";

const HEAT_ID = "charge-port-heat";
const DERATING_ID = "charge-derating";
const FAMILY = "chargePort";
const WINDOW_DAYS = 45;
const RECENT_SESSIONS = 5;
const SESSIONS_MIN = 3;
const OWN_SESSIONS_MIN = 4;
/** Contacts with this many times the usual resistance; a charge with less than this share of the usual power. */
const HEAT_TIMES = 1.7;
const POWER_SHARE = 0.7;
/** Ports usually limit the current from about 90 °C on. */
const HOT_C = 90;

/** The charging port: contacts that heat more than usual, and fast charges that stay weak wherever the car goes. */
export const chargePortDetector: Detector = {
  id: HEAT_ID,
  sourceIds: [HEAT_ID, DERATING_ID],
  version: 1,
  clearAfterDays: 45,
  needsCells: false,
  judge(view): Judgement {
    const { days } = daysOf(view, FAMILY);
    if (days.length === 0) return unjudged("situation_not_seen");
    const heat = judgeFeature(view, days, "portKPer100A", (ratio) => ratio >= HEAT_TIMES);
    const power = judgeFeature(view, days, "dcKw", (ratio) => ratio <= POWER_SHARE);
    if (heat === null && power === null) return unjudged("not_enough_history", days.length);
    const detections = [
      ...(heat !== null && isTheCars(heat) ? [portDetection(view, heat)] : []),
      ...(power?.verdict.kind === "car" ? [deratingDetection(view, power)] : []),
    ];
    return { detections, notEvaluated: null };
  },
};

interface JudgedFeature {
  readonly verdict: PlaceVerdict;
  readonly usual: number;
  readonly days: readonly DayFeatures[];
}

/** At one place only nobody can tell the car from the station, but hot contacts are worth a look at both. */
function isTheCars({ verdict }: JudgedFeature): boolean {
  return verdict.kind === "car" || verdict.kind === "one_place";
}

/** The recent fast charges beside what is usual: of the peers, else the car's own first charges. */
function judgeFeature(
  view: VehicleView,
  days: readonly DayFeatures[],
  feature: string,
  isBeyond: (ratio: number) => boolean,
): JudgedFeature | null {
  const known = days.filter(({ values }) => values[feature] !== undefined);
  const sinceMs = Date.parse(view.day) - WINDOW_DAYS * 86_400_000;
  const recent = known.filter(({ day }) => Date.parse(day) > sinceMs).slice(-RECENT_SESSIONS);
  const before = known.filter((day) => !recent.includes(day)).map(({ values }) => values[feature] ?? 0);
  const own = before.length >= OWN_SESSIONS_MIN ? median(before.slice(0, 20)) : null;
  const usual = modelPeers(view.peers, FAMILY, feature)?.median ?? own;
  if (usual === null || usual <= 0 || recent.length < SESSIONS_MIN) return null;
  const placed = recent.map(({ values }) => ({ place: values["place"] ?? null, ratio: (values[feature] ?? 0) / usual }));
  return { verdict: splitByPlace(placed, isBeyond, SESSIONS_MIN), usual, days: recent };
}

function portDetection(view: VehicleView, { verdict, usual, days }: JudgedFeature): Detection {
  const maxC = Math.max(...days.flatMap(({ values }) => values["portMaxC"] ?? []));
  return detectionOf(view, {
    sourceId: HEAT_ID,
    component: "charging",
    severity: maxC >= HOT_C ? "warning" : "advice",
    value: verdict.ratio,
    unit: "",
    threshold: HEAT_TIMES,
    fromDay: days[0]?.day ?? view.day,
    samples: days.length,
    readings: { usual_k_per_100_a: usual, hottest_c: maxC, places: verdict.places, hot_days: verdict.days, told_apart: verdict.kind },
    series: [
      {
        name: "port over the air at 100 A",
        unit: "K",
        points: days.map(({ day, values }) => ({ day, value: values["portKPer100A"] ?? null })),
      },
    ],
    words: {
      value: verdict.ratio,
      days: verdict.days,
      maxC: Math.round(maxC),
      placeEn: verdict.kind === "car" ? `at ${verdict.places} places` : "at its one charging place, so the station may share the blame",
      placeZh: verdict.kind === "car" ? `在${verdict.places}个地点` : "仅在同一充电地点，也可能与充电桩有关",
      ...useWords(USAGE_NOTES.fastCharging(usageProfile(view))),
    },
  });
}

function deratingDetection(view: VehicleView, { verdict, usual, days }: JudgedFeature): Detection {
  return detectionOf(view, {
    sourceId: DERATING_ID,
    component: "charging",
    severity: "advice",
    value: 100 * verdict.ratio,
    unit: "%",
    threshold: 100 * POWER_SHARE,
    fromDay: days[0]?.day ?? view.day,
    samples: days.length,
    readings: { usual_kw: usual, places: verdict.places, weak_days: verdict.days },
    series: [{ name: "fast charging power", unit: "kW", points: days.map(({ day, values }) => ({ day, value: values["dcKw"] ?? null })) }],
    words: {
      value: 100 * verdict.ratio,
      days: verdict.days,
      places: verdict.places,
      ...useWords(USAGE_NOTES.fastCharging(usageProfile(view))),
    },
  });
}
