import { median } from "simple-statistics";
import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { dayNumberOf, dayOfNumber, daysOf, detectionOf, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { USAGE_NOTES, usageProfile, useWords } from "../usageProfile.ts";
import { detectLeaks, LEAK_PARAMS, type TyreLeak, type TyreVerdict } from "./detectLeak.ts";
import { type PerWheel, pressureAt25, type TyreDay, WHEELS, type Wheel } from "./tyreDay.ts";

const ID = "tyre-leak";
/** Cars run 180 to 400 kPa, trucks and buses up to 1,000; below is psi or bar. */
const PLAUSIBLE_KPA = { low: 120, high: 1100 } as const;
const settings = defineSettings(ID, {
  // The lamp's limit in UN R141 and GB 26149: a quarter below the recommended pressure.
  limitShare: 0.75,
  // Sooner than this at the limit, or already as low as that, it is a warning.
  soonDays: 21,
  lowShare: 0.85,
});
const TOP_UP_DAYS = 90;

const WHEEL_WORDS: Readonly<Record<Wheel, { readonly en: string; readonly zh: string }>> = {
  FL: { en: "front left", zh: "左前" },
  FR: { en: "front right", zh: "右前" },
  RL: { en: "rear left", zh: "左后" },
  RR: { en: "rear right", zh: "右后" },
};

/** A tyre that loses air faster than rubber lets through, weeks before the warning lamp. */
export const tyreDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 2,
  clearAfterDays: 10,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, "tyre");
    if (today === undefined) return unjudged("missing_signal");
    const tyreDays = days.flatMap((day) => toTyreDay(day) ?? []);
    if (tyreDays.at(-1)?.dayNumber !== dayNumberOf(view.day)) return unjudged(reasonOf(today), today.samples);
    const verdict = detectLeaks(tyreDays);
    const [worst] = verdict.leaks;
    if (worst !== undefined) return { detections: [leakDetection(view, tyreDays, verdict, worst)], notEvaluated: null };
    if (tyreDays.length < LEAK_PARAMS.daysMin) return unjudged("not_enough_history", tyreDays.length);
    return { detections: [], notEvaluated: null };
  },
};

/** Null where the pressures are none of a car's in kPa. */
function toTyreDay({ day, values }: DayFeatures): TyreDay | null {
  const cold = perWheel(values, "cold");
  const relativeKpa = perWheel(values, "relative");
  if (cold === null || relativeKpa === null || !isPlausible(cold)) return null;
  const ambientC = values["coldAmbientC"];
  const at25 = ambientC === undefined ? null : mapWheels(cold, (kpa) => pressureAt25(kpa, ambientC));
  return { dayNumber: dayNumberOf(day), coldKpa: at25, relativeKpa };
}

function perWheel(values: Readonly<Record<string, number>>, kind: "cold" | "relative"): PerWheel<number> | null {
  const { [`${kind}FlKpa`]: fl, [`${kind}FrKpa`]: fr, [`${kind}RlKpa`]: rl, [`${kind}RrKpa`]: rr } = values;
  return fl === undefined || fr === undefined || rl === undefined || rr === undefined ? null : [fl, fr, rl, rr];
}

function mapWheels<T, R>([fl, fr, rl, rr]: PerWheel<T>, map: (one: T) => R): PerWheel<R> {
  return [map(fl), map(fr), map(rl), map(rr)];
}

/** A flat tyre is plausible beside sound ones, so the middle decides. */
function isPlausible(kpa: PerWheel<number>): boolean {
  const middle = median([...kpa]);
  return middle >= PLAUSIBLE_KPA.low && middle <= PLAUSIBLE_KPA.high;
}

/** 1.4 to 4.5 is bar and 20 to 65 is psi, as passenger cars have them. */
function reasonOf({ values }: DayFeatures): "implausible_unit" | "implausible_value" {
  const middle = median([values["coldFlKpa"] ?? 0, values["coldFrKpa"] ?? 0, values["coldRlKpa"] ?? 0, values["coldRrKpa"] ?? 0]);
  const isOther = (middle >= 1.4 && middle <= 4.5) || (middle >= 20 && middle <= 65);
  return isOther ? "implausible_unit" : "implausible_value";
}

function leakDetection(view: VehicleView, days: readonly TyreDay[], verdict: TyreVerdict, leak: TyreLeak): Detection {
  const { wheel, lossKpaPerDay: loss, halfWidthKpaPerDay: half, coldKpa } = leak;
  const { limitShare, soonDays, lowShare } = settings.of(view);
  const at = WHEELS.indexOf(wheel);
  const usual = median(days.flatMap((day) => day.coldKpa?.[at] ?? []).concat(coldKpa ?? []));
  const limitKpa = limitShare * usual;
  const daysAt = (kpaPerDay: number) =>
    coldKpa === null || kpaPerDay <= 0 ? null : Math.max(0, Math.round((coldKpa - limitKpa) / kpaPerDay));
  const daysLeft = daysAt(loss);
  const isUrgent = (daysLeft ?? Number.POSITIVE_INFINITY) < soonDays || (coldKpa ?? usual) < lowShare * usual;
  const recent = verdict.inflations.filter((one) => one.dayNumber > dayNumberOf(view.day) - TOP_UP_DAYS && one.wheels.includes(wheel));
  const points = days.filter((day) => day.dayNumber >= leak.sinceDayNumber);
  return detectionOf(view, {
    sourceId: ID,
    component: "tyre",
    severity: isUrgent ? "warning" : "advice",
    value: loss,
    unit: "kPa/d",
    low: loss - half,
    high: loss + half,
    threshold: LEAK_PARAMS.naturalKpaPerDay,
    fromDay: dayOfNumber(leak.sinceDayNumber),
    samples: leak.days,
    readings: {
      wheel,
      pace: leak.pace,
      cold_kpa_at_25c: coldKpa,
      limit_kpa: limitKpa,
      days_to_limit: daysLeft,
      days_to_limit_earliest: daysAt(loss + half),
      days_to_limit_latest: daysAt(loss - half),
      top_ups_90_days: recent.length,
      z: leak.z,
      other_wheels: verdict.leaks
        .slice(1)
        .map((one) => one.wheel)
        .join(", "),
      // How fast cars of a kind lose air is no feature of a day, so there are no peers to stand among.
      ...peerReadings(null, null),
    },
    series: WHEELS.map((name, w) => ({
      name: `${WHEEL_WORDS[name].en}, cold at 25 °C`,
      unit: "kPa",
      points: points.map((day) => ({ day: dayOfNumber(day.dayNumber), value: day.coldKpa?.[w] ?? null })),
    })),
    words: {
      wheelEn: WHEEL_WORDS[wheel].en,
      wheelZh: WHEEL_WORDS[wheel].zh,
      value: loss,
      days: leak.days,
      leftEn: daysLeft === null ? "" : `; a quarter is missing in about ${daysLeft} days`,
      leftZh: daysLeft === null ? "" : `；约${daysLeft}天后气压将低于正常值四分之一`,
      topUps: recent.length,
      ...useWords(USAGE_NOTES.tyre(usageProfile(view))),
    },
  });
}
