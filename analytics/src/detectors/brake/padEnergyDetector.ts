import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { AXLES, type Axle, type AxleWear, type PadEnergyLife, padEnergyLife, type WatchedBraking } from "./padEnergy.ts";

const ID = "brake-pads-energy";
const PAD_FEATURES = ["padFlPct", "padFrPct", "padRlPct", "padRrPct"] as const;
const AXLE_WORDS = { front: { en: "front", zh: "前轴" }, rear: { en: "rear", zh: "后轴" } } as const;
const RECENT_DAYS = 120;
const DAYS_MIN = 10;

const settings = defineSettings(ID, {
  // Sooner than this they are worth a look, and only once it is likelier than not that this much is gone.
  adviceKm: 5_000,
  wornPctMin: 80,
  // Pads further beyond their limit than this were changed by somebody who told nobody.
  unrecordedPct: 140,
  watchedKmMin: 300,
});

/** Pads without a sensor: what the friction brakes took up, and how fast the model's pads wear on it. Advice to look, never an alarm. */
export const padEnergyDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 14,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, "brake");
    if (today === undefined) return unjudged("missing_signal");
    // Measured pads are the other detector's.
    if (days.some(({ values }) => PAD_FEATURES.some((pad) => values[pad] !== undefined))) return { detections: [], notEvaluated: null };
    const { adviceKm, wornPctMin, unrecordedPct, watchedKmMin } = settings.of(view);
    const watched = days.slice(-RECENT_DAYS).filter(({ values }) => (values["brakedKm"] ?? 0) > 0 && values["frictionKj"] !== undefined);
    const odometerKm = today.values["odometerKm"];
    if (watched.length === 0 || odometerKm === undefined) return unjudged("missing_signal", today.samples);
    const braking = brakingOf(watched, odometerKm, view.padWear?.changedAtKm ?? null);
    if (watched.length < DAYS_MIN || braking.km < watchedKmMin) return unjudged("not_enough_history", watched.length);
    const lives = AXLES.flatMap((axle) => lifeOf(view, axle, braking));
    if (lives.length === 0) return unjudged("too_few_peers", watched.length);
    const isUnrecorded = braking.changedAtKm === null && lives.some(({ life }) => life.wornPct > unrecordedPct);
    if (isUnrecorded) return unjudged("not_enough_history", watched.length);
    const due = lives.filter(({ life }) => life.kmLeft <= adviceKm && life.wornPct >= wornPctMin);
    const [first] = due.sort((a, b) => a.life.kmLeft - b.life.kmLeft);
    return { detections: first === undefined ? [] : [padDetection(view, watched, braking, first)], notEvaluated: null };
  },
};

interface AxleLife {
  readonly axle: Axle;
  readonly wear: AxleWear;
  readonly life: PadEnergyLife;
}

function lifeOf(view: VehicleView, axle: Axle, braking: WatchedBraking): AxleLife[] {
  const wear = view.padWear?.wear[axle] ?? null;
  return wear === null || braking.frictionMj <= 0 ? [] : [{ axle, wear, life: padEnergyLife(braking, axle, wear) }];
}

function brakingOf(days: readonly DayFeatures[], odometerKm: number, changedAtKm: number | null): WatchedBraking {
  const pairs = days.map(({ values }) => ({ mj: (values["frictionKj"] ?? 0) / 1000, km: values["brakedKm"] ?? 0 }));
  const frictionMj = pairs.reduce((sum, { mj }) => sum + mj, 0);
  const km = pairs.reduce((sum, day) => sum + day.km, 0);
  // A ratio of sums over days that differ (Cochran, Sampling Techniques, 2.11).
  const squares = pairs.reduce((sum, day) => sum + (day.mj - (frictionMj / km) * day.km) ** 2, 0);
  const relativeError = frictionMj === 0 ? 0 : Math.sqrt((squares * pairs.length) / Math.max(1, pairs.length - 1)) / frictionMj;
  return { frictionMj, km, relativeError, odometerKm, changedAtKm };
}

function padDetection(view: VehicleView, days: readonly DayFeatures[], braking: WatchedBraking, { axle, wear, life }: AxleLife): Detection {
  const leftKm = Math.round(life.kmLeft / 100) * 100;
  const highKm = Math.round(life.kmHigh80 / 100) * 100;
  const rests = restsOn(wear, braking);
  return detectionOf(view, {
    sourceId: ID,
    component: "brake",
    severity: "advice",
    value: life.kmLeft,
    unit: "km",
    low: life.kmLow80,
    high: life.kmHigh80,
    threshold: settings.of(view).adviceKm,
    fromDay: days[0]?.day ?? view.day,
    samples: days.length,
    readings: {
      axle: AXLE_WORDS[axle].en,
      worn_pct: life.wornPct,
      measured_by: "braking energy",
      rests_on: rests.en,
      mj_per_1000_km: life.mjPer1000Km,
      pct_per_mj: wear.pctPerMj,
      wear_of: wear.of,
      cars_by_sensor: wear.bySensor,
      cars_by_repair: wear.byRepair,
      pads_since_km: braking.changedAtKm,
      watched_km: braking.km,
      ...peerReadings(null, null),
    },
    series: [
      {
        name: "energy into the friction brakes",
        unit: "kJ/km",
        points: days.map(({ day, values }) => ({ day, value: (values["frictionKj"] ?? 0) / (values["brakedKm"] ?? 1) })),
      },
    ],
    words: {
      axleEn: AXLE_WORDS[axle].en,
      axleZh: AXLE_WORDS[axle].zh,
      worn: Math.min(Math.round(life.wornPct), 100),
      leftKm,
      highKm,
      restsEn: rests.en,
      restsZh: rests.zh,
    },
  });
}

/** What the estimate stands on, in words. */
function restsOn({ of, bySensor, byRepair }: AxleWear, { changedAtKm }: WatchedBraking): { readonly en: string; readonly zh: string } {
  const cars = bySensor + byRepair;
  const since = changedAtKm === null ? { en: "since new", zh: "自新车起" } : { en: "since the last brake repair", zh: "自上次制动维修起" };
  const whose = of === "model" ? { en: "cars of the model", zh: "同车型" } : { en: "cars of other models", zh: "其他车型" };
  return {
    en: `${since.en}; ${cars} ${whose.en} whose wear is known`,
    zh: `${since.zh}，依据${cars}辆磨损已知的${whose.zh}车辆`,
  };
}
