import { median } from "simple-statistics";
import type { DayFeatures } from "../../features/family.ts";
import { modelPeers, type PeerGroup, peerReadings, peerZ } from "../../fleet/peers.ts";
import { daysOf, detectionOf, spread80, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";

const ID = "drive-cooling";
const FAMILY = "driveHeat";
const PARTS = [
  { feature: "motorRiseK", en: "motor", zh: "电机" },
  { feature: "controllerRiseK", en: "motor controller", zh: "电机控制器" },
  { feature: "coolantRiseK", en: "coolant", zh: "冷却液" },
] as const;
type Part = (typeof PARTS)[number];

const PEER_FLOOR_K = 1.5;
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
const BASELINE_DAYS = 30;
const BASELINE_DAYS_MIN = 10;
const RECENT_DAYS = 7;

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
    const hot = judged.flatMap((one) => (one !== null && one.hotDays >= settings.of(view).hotDaysMin ? [one] : []));
    const [worst] = hot.sort((a, b) => b.excessK - a.excessK);
    return { detections: worst === undefined ? [] : [coolingDetection(view, days, worst, hot)], notEvaluated: null };
  },
};

interface JudgedPart {
  readonly part: Part;
  readonly excessK: number;
  /** Of the single days. */
  readonly excessesK: readonly number[];
  readonly usualK: number;
  readonly hotDays: number;
  readonly days: number;
}

function reasonOf({ values }: DayFeatures): "missing_signal" | "too_few_peers" {
  return PARTS.some(({ feature }) => values[feature] !== undefined) ? "too_few_peers" : "missing_signal";
}

/** Null where neither peers nor the car's own beginning say what is usual. */
function judgePart(view: VehicleView, days: readonly DayFeatures[], part: Part): JudgedPart | null {
  const recent = days.slice(-RECENT_DAYS).flatMap(({ values }) => values[part.feature] ?? []);
  if (recent.length === 0) return null;
  const before = days
    .slice(0, -RECENT_DAYS)
    .slice(0, BASELINE_DAYS)
    .flatMap(({ values }) => values[part.feature] ?? []);
  const own = before.length < BASELINE_DAYS_MIN ? null : median(before);
  const group = modelPeers(view.peers, FAMILY, part.feature);
  if (group !== null) return partOf(part, recent, group.median, (rise) => isHotAmong(view, group, { own, rise }));
  if (own === null) return null;
  const usualK = own;
  return partOf(part, recent, usualK, (rise) => rise - usualK >= settings.of(view).ownRiseK);
}

function isHotAmong(view: VehicleView, group: PeerGroup, { own, rise }: { readonly own: number | null; readonly rise: number }): boolean {
  const { ownChangeK, peerZ: zMin, riseK } = settings.of(view);
  const times = own !== null && rise - own >= ownChangeK ? 1 : 2;
  return peerZ(group, rise, PEER_FLOOR_K) >= times * zMin && rise - group.median >= times * riseK;
}

function partOf(part: Part, recent: readonly number[], usualK: number, isHot: (rise: number) => boolean): JudgedPart {
  const excessesK = recent.map((rise) => rise - usualK);
  return { part, usualK, excessK: median(excessesK), excessesK, hotDays: recent.filter(isHot).length, days: recent.length };
}

function coolingDetection(view: VehicleView, days: readonly DayFeatures[], worst: JudgedPart, hot: readonly JudgedPart[]): Detection {
  const group = modelPeers(view.peers, FAMILY, worst.part.feature);
  const { ownRiseK, riseK } = settings.of(view);
  const isCommon = hot.length === PARTS.length;
  return detectionOf(view, {
    sourceId: ID,
    component: "drive",
    severity: "warning",
    value: worst.excessK,
    unit: "K",
    ...spread80(worst.excessesK, worst.excessK),
    threshold: group === null ? ownRiseK : riseK,
    fromDay: days.at(-RECENT_DAYS)?.day ?? days[0]?.day ?? view.day,
    samples: worst.days,
    readings: {
      hot_parts: hot.map(({ part }) => part.en).join(", "),
      pattern: isCommon ? "pump, fan or coolant" : `${worst.part.en} alone`,
      usual_rise_k: worst.usualK,
      hot_days: worst.hotDays,
      ...peerReadings(group, worst.usualK + worst.excessK),
    },
    series: PARTS.map(({ feature, en }) => ({
      name: `${en} over the air`,
      unit: "K",
      points: days.map(({ day, values }) => ({ day, value: values[feature] ?? null })),
    })),
    words: {
      value: worst.excessK,
      partsEn: hot.map(({ part }) => part.en).join(", "),
      partsZh: hot.map(({ part }) => part.zh).join("、"),
      days: worst.hotDays,
      besideEn: group === null ? "at its beginning" : "usual among its peers",
      besideZh: group === null ? "该车初期水平" : "同类车辆水平",
    },
  });
}
