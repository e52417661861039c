import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, spread80, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { RECENT_DAYS, type StandOut, standOut } from "../standOut.ts";

const ID = "drive-cooling";
const FAMILY = "driveHeat";
const PARTS = [
  { feature: "motorRiseK", en: "motor", zh: "电机" },
  { feature: "controllerRiseK", en: "motor controller", zh: "电机控制器" },
  { feature: "coolantRiseK", en: "coolant", zh: "冷却液" },
] as const;
type Part = (typeof PARTS)[number];

const PEER_FLOOR_K = 1.5;
const BASELINE_DAYS = 30;
const settings = defineSettings(ID, {
  // Beyond the peers: robust standard deviations, and kelvin so that a uniform fleet does not make a trifle extreme.
  peerZ: 4,
  riseK: 5,
  // A car that was no cooler at its own beginning has a hot drive by its use, or a fault from the start: then it must stand out twice as far.
  ownChangeK: 3,
  // Without peers the car is its own measure, and the season has to be outdone.
  ownRiseK: 10,
  hotDaysMin: 4,
});

/** Motor, controller or coolant hotter than the fleet's at the same load and weather: pump, fan, coolant, paste, bearing. */
export const driveCoolingDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 14,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, FAMILY);
    if (today === undefined) return unjudged("missing_signal");
    const judged = PARTS.map((part) => judgePart(view, days, part));
    if (judged.every((one) => one === null)) return unjudged(reasonOf(today), today.samples);
    const hot = judged.flatMap((one) => (one !== null && one.farDays >= settings.of(view).hotDaysMin ? [one] : []));
    const [worst] = hot.sort((a, b) => b.excess - a.excess);
    return { detections: worst === undefined ? [] : [coolingDetection(view, days, worst, hot)], notEvaluated: null };
  },
};

interface JudgedPart extends StandOut {
  readonly part: Part;
}

function reasonOf({ values }: DayFeatures): "missing_signal" | "too_few_peers" {
  return PARTS.some(({ feature }) => values[feature] !== undefined) ? "too_few_peers" : "missing_signal";
}

/** Null where neither peers nor the car's own beginning say what is usual. */
function judgePart(view: VehicleView, days: readonly DayFeatures[], part: Part): JudgedPart | null {
  const { peerZ, riseK, ownChangeK, ownRiseK } = settings.of(view);
  const limits = {
    sign: 1,
    peerZ,
    peerFloor: PEER_FLOOR_K,
    beyondPeers: riseK,
    ownChange: ownChangeK,
    baselineDays: BASELINE_DAYS,
    beyondOwn: ownRiseK,
  } as const;
  const found = standOut(view, days, { family: FAMILY, features: [part.feature] }, limits);
  return found === null ? null : { ...found, part };
}

function coolingDetection(view: VehicleView, days: readonly DayFeatures[], worst: JudgedPart, hot: readonly JudgedPart[]): Detection {
  const { group } = worst;
  const { ownRiseK, riseK } = settings.of(view);
  const isCommon = hot.length === PARTS.length;
  return detectionOf(view, {
    sourceId: ID,
    component: "drive",
    severity: "warning",
    value: worst.excess,
    unit: "K",
    ...spread80(worst.excesses, worst.excess),
    threshold: group === null ? ownRiseK : riseK,
    fromDay: days.at(-RECENT_DAYS)?.day ?? days[0]?.day ?? view.day,
    samples: worst.days,
    readings: {
      hot_parts: hot.map(({ part }) => part.en).join(", "),
      pattern: isCommon ? "pump, fan or coolant" : `${worst.part.en} alone`,
      usual_rise_k: worst.usual,
      hot_days: worst.farDays,
      ...peerReadings(group, worst.usual + worst.excess),
    },
    series: PARTS.map(({ feature, en }) => ({
      name: `${en} over the air`,
      unit: "K",
      points: days.map(({ day, values }) => ({ day, value: values[feature] ?? null })),
    })),
    words: {
      value: worst.excess,
      partsEn: hot.map(({ part }) => part.en).join(", "),
      partsZh: hot.map(({ part }) => part.zh).join("、"),
      days: worst.farDays,
      besideEn: group === null ? "at its beginning" : "usual among its peers",
      besideZh: group === null ? "该车初期水平" : "同类车辆水平",
    },
  });
}
