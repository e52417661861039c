import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { type RollingDay, type TreadVerdict, treadWear } from "./treadWear.ts";

const ID = "tyre-tread";
const FAMILY = "rolling";
/** Miles for kilometres, or another wheel size than the car was told. */
const PLAUSIBLE = [0.85, 1.15] as const;
const Z80 = 1.2816;
const LEGAL_MM = 1.6;

const settings = defineSettings(ID, {
  // From here wet roads become dangerous; the law's limit is 1.6 mm.
  adviceMm: 3,
  // The 80 % interval's upper end has to be below this.
  surelyBelowMm: 4,
});

/** Tread by rolling radius: a slow trend of odometer over position; a step is another set of tyres. */
export const treadDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 30,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, FAMILY);
    if (days.length === 0) return unjudged("missing_signal");
    if (today === undefined) return unjudged("situation_not_seen");
    const rolling = days.flatMap(rollingDayOf);
    const ratio = rolling.reduce((sum, { odoKm }) => sum + odoKm, 0) / rolling.reduce((sum, { gpsKm }) => sum + gpsKm, 0);
    if (!(ratio >= PLAUSIBLE[0] && ratio <= PLAUSIBLE[1])) return unjudged("implausible_unit", today.samples);
    const verdict = treadWear(rolling);
    if (verdict === null) return unjudged("not_enough_history", rolling.length);
    const { adviceMm, surelyBelowMm } = settings.of(view);
    const isDue = verdict.treadMm <= adviceMm && verdict.treadMm + Z80 * verdict.seMm <= surelyBelowMm;
    return { detections: isDue ? [treadDetection(view, verdict)] : [], notEvaluated: null };
  },
};

function rollingDayOf({ day, values }: DayFeatures): RollingDay[] {
  const { gpsKm, odoKm, stretches, tyreKpa = null, odometerKm } = values;
  if (gpsKm === undefined || odoKm === undefined || stretches === undefined || odometerKm === undefined || gpsKm <= 0) return [];
  return [{ day, gpsKm, odoKm, stretches, tyreKpa, odometerKm }];
}

const SINCE = {
  new_tyres: { en: "since these tyres were put on", zh: "自更换轮胎起" },
  new_car: { en: "since the car was new", zh: "自新车起" },
  unknown: { en: "since they were first seen, so no more than that is left", zh: "自首次观测起，实际余量不会更多" },
} as const;

function treadDetection(view: VehicleView, { blocks, from, since, wornMm, seMm, treadMm, mmPer1000Km }: TreadVerdict): Detection {
  const leftKm = Math.max(Math.round((treadMm - LEGAL_MM) / Math.max(mmPer1000Km, 0.01)) * 1000, 0);
  return detectionOf(view, {
    sourceId: ID,
    component: "tyre",
    severity: "advice",
    value: treadMm,
    unit: "mm",
    low: Math.max(treadMm - Z80 * seMm, 0),
    high: treadMm + Z80 * seMm,
    threshold: settings.of(view).adviceMm,
    fromDay: blocks[from]?.fromDay ?? view.day,
    samples: blocks.length - from,
    readings: {
      worn_mm: wornMm,
      mm_per_1000_km: mmPer1000Km,
      km_to_1_6_mm: leftKm,
      since,
      measured_by: "rolling radius: odometer over position",
      ...peerReadings(null, null),
    },
    series: [{ name: "odometer by position", unit: "%", points: blocks.map(({ day, ratioPct }) => ({ day, value: ratioPct })) }],
    words: { value: treadMm.toFixed(1), worn: wornMm.toFixed(1), leftKm, sinceEn: SINCE[since].en, sinceZh: SINCE[since].zh },
  });
}
