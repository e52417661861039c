import { median } from "simple-statistics";
import type { DayFeatures } from "../../features/family.ts";
import { modelPeers, peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, spread80, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { USAGE_NOTES, usageProfile, useWords } from "../usageProfile.ts";
import { type PlaceVerdict, splitByPlace } from "./splitByPlace.ts";

const HEAT_ID = "charge-port-heat";
const DERATING_ID = "charge-derating";
const FAMILY = "chargePort";
const WINDOW_DAYS = 45;
const RECENT_SESSIONS = 5;
const OWN_SESSIONS_MIN = 6;
/** No port is better than this: a lower usual is the noise of short charges. */
const USUAL_MIN: Readonly<Record<string, number>> = { portKPer100A: 3, dcKw: 20 };
/**
 * Over the usual warming at 100 A by at least this, K: a median of few short charges is off by 3 K, and less never makes a port derate
 * (it grows with the square: 36 K at 300 A).
 */
const EXCESS_MIN_K = 4;
const settings = defineSettings(HEAT_ID, {
  sessionsMin: 3,
  // Contacts with this many times the usual resistance; a charge with less than this share of the usual power.
  heatTimes: 1.7,
  powerShare: 0.7,
  // Ports usually limit the current from about 90 °C on.
  hotC: 90,
});

/** The charging port: contacts that heat more than usual, and fast charges that stay weak wherever the car goes. */
export const chargePortDetector: Detector = {
  id: HEAT_ID,
  sourceIds: [HEAT_ID, DERATING_ID],
  version: 3,
  clearAfterDays: 45,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days } = daysOf(view, FAMILY);
    const { heatTimes, powerShare } = settings.of(view);
    if (days.length === 0) return unjudged("situation_not_seen");
    const isHot: Beyond = (ratio, usual) => ratio >= heatTimes && (ratio - 1) * usual >= EXCESS_MIN_K;
    const heat = judgeFeature(view, days, { feature: "portKPer100A", isBeyond: isHot, usualOf: Math.min });
    const power = judgeFeature(view, days, { feature: "dcKw", isBeyond: (ratio) => ratio <= powerShare, usualOf: (peers) => peers });
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

/** Whether a ratio to the usual is out of the ordinary. */
type Beyond = (ratio: number, usual: number) => boolean;

interface JudgedBy {
  readonly feature: string;
  readonly isBeyond: Beyond;
  /**
   * What is usual where both are known. Heat: the cooler, since where several cars of a model are worn their median is worn as well.
   * Power: the peers', who had the same cold.
   */
  usualOf(peers: number, own: number): number;
}

/** The recent fast charges beside what is usual: of the peers, of the car's own first charges, or of both. */
function judgeFeature(view: VehicleView, days: readonly DayFeatures[], { feature, isBeyond, usualOf }: JudgedBy): JudgedFeature | null {
  const { sessionsMin } = settings.of(view);
  const charges = days.filter(({ values }) => values[feature] !== undefined);
  const sinceMs = Date.parse(view.day) - WINDOW_DAYS * 86_400_000;
  const recent = charges.filter(({ day }) => Date.parse(day) > sinceMs).slice(-RECENT_SESSIONS);
  const before = charges.filter((day) => !recent.includes(day)).map(({ values }) => values[feature] ?? 0);
  const own = before.length >= OWN_SESSIONS_MIN ? median(before.slice(0, 20)) : null;
  const peers = modelPeers(view.peers, FAMILY, feature)?.median ?? null;
  const known = peers === null || own === null ? (peers ?? own) : usualOf(peers, own);
  if (known === null || recent.length < sessionsMin) return null;
  const usual = Math.max(known, USUAL_MIN[feature] ?? 0);
  const placed = recent.map(({ values }) => ({ place: values["place"] ?? null, ratio: (values[feature] ?? 0) / usual }));
  return { verdict: splitByPlace(placed, (ratio) => isBeyond(ratio, usual), sessionsMin), usual, days: recent };
}

function ratiosOf({ days, usual }: Pick<JudgedFeature, "days" | "usual">, feature: string): number[] {
  return days.flatMap(({ values }) => (values[feature] === undefined ? [] : [values[feature] / usual]));
}

function portDetection(view: VehicleView, { verdict, usual, days }: JudgedFeature): Detection {
  const { hotC, heatTimes } = settings.of(view);
  const maxC = Math.max(...days.flatMap(({ values }) => values["portMaxC"] ?? []));
  return detectionOf(view, {
    sourceId: HEAT_ID,
    component: "charging",
    severity: maxC >= hotC ? "warning" : "advice",
    value: verdict.ratio,
    unit: "times usual",
    ...spread80(ratiosOf({ days, usual }, "portKPer100A"), verdict.ratio),
    threshold: heatTimes,
    fromDay: days[0]?.day ?? view.day,
    samples: days.length,
    readings: {
      usual_k_per_100_a: usual,
      hottest_c: maxC,
      places: verdict.places,
      hot_days: verdict.days,
      told_apart: verdict.kind,
      ...peerReadings(modelPeers(view.peers, FAMILY, "portKPer100A"), usual * verdict.ratio),
    },
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
      placeEn: verdict.kind === "car" ? "at more than one place" : "at its one charging place, so the station may share the blame",
      placeZh: verdict.kind === "car" ? "不止一个地点" : "仅在同一充电地点，也可能与充电桩有关",
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
    ...spread80(
      ratiosOf({ days, usual }, "dcKw").map((ratio) => 100 * ratio),
      100 * verdict.ratio,
    ),
    threshold: 100 * settings.of(view).powerShare,
    fromDay: days[0]?.day ?? view.day,
    samples: days.length,
    readings: {
      usual_kw: usual,
      places: verdict.places,
      weak_days: verdict.days,
      ...peerReadings(modelPeers(view.peers, FAMILY, "dcKw"), usual * verdict.ratio),
    },
    series: [{ name: "fast charging power", unit: "kW", points: days.map(({ day, values }) => ({ day, value: values["dcKw"] ?? null })) }],
    words: {
      value: 100 * verdict.ratio,
      days: verdict.days,
      places: verdict.places,
      ...useWords(USAGE_NOTES.fastCharging(usageProfile(view))),
    },
  });
}
