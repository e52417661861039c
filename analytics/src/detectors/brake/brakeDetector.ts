import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { PAD_PRIORS, type PadReading, type PadVerdict, padLife } from "./padLife.ts";

const ID = "brake-pads";
const CORROSION_ID = "brake-corrosion";
const settings = defineSettings(ID, {
  // Sooner than this it is worth a visit; sooner than the second, or this worn, it is urgent.
  adviceKm: 5_000,
  warningKm: 1_500,
  warningPct: 90,
  // Friction brakes that do so little of the braking, for so long, on a car that is no longer new, rust.
  frictionShare: 0.05,
  watchedDays: 90,
  watchedDaysMin: 30,
  odometerKmMin: 15_000,
});
/** Eight in ten of a normal distribution lie within so many standard errors. */
const Z80 = 1.2816;

const PADS = [
  { feature: "padFlPct", axle: "front", en: "front left", zh: "左前" },
  { feature: "padFrPct", axle: "front", en: "front right", zh: "右前" },
  { feature: "padRlPct", axle: "rear", en: "rear left", zh: "左后" },
  { feature: "padRrPct", axle: "rear", en: "rear right", zh: "右后" },
] as const;
type Pad = (typeof PADS)[number];

/** Brake pads: kilometres to their limit by sensor or wire, and discs that rust because the motor does the braking. */
export const brakeDetector: Detector = {
  id: ID,
  sourceIds: [ID, CORROSION_ID],
  version: 1,
  clearAfterDays: 7,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, "brake");
    if (today === undefined) return unjudged("missing_signal");
    const corrosion = corrosionDetection(view, days);
    const pads = PADS.map((pad) => ({ pad, readings: readingsOf(days, pad) })).filter(({ readings }) => readings.length > 0);
    if (pads.length === 0)
      return corrosion === null ? unjudged("missing_signal", today.samples) : { detections: [corrosion], notEvaluated: null };
    if (pads.some(({ readings }) => isImplausible(readings.at(-1)?.wornPct ?? 0))) return unjudged("implausible_value", today.samples);
    const judged = pads.map(({ pad, readings }) => ({ pad, readings, verdict: padLife(readings, PAD_PRIORS[pad.axle]) }));
    const worst = judged.filter(({ verdict }) => isDue(view, verdict)).sort((a, b) => kmLeft(a.verdict) - kmLeft(b.verdict))[0];
    const detections = [...(worst === undefined ? [] : [padDetection(view, worst)]), ...(corrosion === null ? [] : [corrosion])];
    const open = judged.flatMap(({ verdict }) => (verdict.kind === "not_evaluated" ? [verdict.reason] : []));
    if (detections.length === 0 && open.length === judged.length) return unjudged(open[0] ?? "not_enough_history", days.length);
    return { detections, notEvaluated: null };
  },
};

/** No pad is worn by less than nothing or by more than there was of it; the sensors scatter by a percent or so. */
function isImplausible(wornPct: number): boolean {
  return wornPct < -5 || wornPct > 105;
}

interface JudgedPad {
  readonly pad: Pad;
  readonly readings: readonly (PadReading & { readonly day: string })[];
  readonly verdict: PadVerdict;
}

function readingsOf(days: readonly DayFeatures[], { feature }: Pad): JudgedPad["readings"] {
  return days.flatMap(({ day, values }) => {
    const { [feature]: wornPct, odometerKm } = values;
    return wornPct === undefined || odometerKm === undefined ? [] : [{ day, wornPct, odometerKm }];
  });
}

function kmLeft(verdict: PadVerdict): number {
  return verdict.kind === "wearing" ? verdict.kmLeft : 0;
}

function isDue(view: VehicleView, verdict: PadVerdict): boolean {
  const { adviceKm, warningPct } = settings.of(view);
  switch (verdict.kind) {
    case "wire":
      return verdict.isWorn;
    case "wearing":
      return verdict.kmLeft <= adviceKm || verdict.wornPct >= warningPct;
    case "not_evaluated":
      return false;
  }
}

function padDetection(view: VehicleView, { pad, readings, verdict }: JudgedPad): Detection {
  const life = verdict.kind === "wearing" ? verdict : null;
  const { adviceKm, warningKm, warningPct } = settings.of(view);
  const isUrgent = life === null || life.kmLeft <= warningKm || life.wornPct >= warningPct;
  const leftKm = life === null ? null : Math.round(life.kmLeft / 100) * 100;
  return detectionOf(view, {
    sourceId: ID,
    component: "brake",
    severity: isUrgent ? "warning" : "advice",
    value: life?.kmLeft ?? 0,
    unit: "km",
    low: life?.kmLow80 ?? 0,
    high: life?.kmHigh80 ?? 0,
    threshold: adviceKm,
    fromDay: readings[0]?.day ?? view.day,
    samples: readings.length,
    readings: {
      pad: pad.en,
      worn_pct: life?.wornPct ?? 100,
      pct_per_1000_km: life?.pctPer1000Km ?? null,
      span_km: life?.spanKm ?? null,
      measured_by: life === null ? "wire" : "sensor",
      ...peerReadings(view.peers.of("brake", pad.feature), life?.wornPct ?? null),
    },
    series: [{ name: `${pad.en} pad, worn`, unit: "%", points: readings.map(({ day, wornPct }) => ({ day, value: wornPct })) }],
    words: {
      padEn: pad.en,
      padZh: pad.zh,
      leftEn: life === null ? "its wear wire has closed" : `${Math.round(life.wornPct)} % worn, about ${leftKm} km left`,
      leftZh: life === null ? "磨损报警线已接通" : `已磨损${Math.round(life.wornPct)}%，预计还可行驶约${leftKm} km`,
    },
  });
}

/** Null unless the friction brakes were watched for months and did next to nothing. */
function corrosionDetection(view: VehicleView, days: readonly DayFeatures[]): Detection | null {
  const { frictionShare, watchedDays, watchedDaysMin, odometerKmMin } = settings.of(view);
  const watched = days.slice(-watchedDays).filter(({ values }) => (values["brakedKj"] ?? 0) > 0);
  const [first] = watched;
  const km = watched.at(-1)?.values["odometerKm"] ?? 0;
  if (first === undefined || watched.length < watchedDaysMin || km < odometerKmMin) return null;
  if (Date.parse(view.day) - Date.parse(first.day) < (watchedDays - watchedDaysMin) * 86_400_000) return null;
  const sum = (name: string) => watched.reduce((total, { values }) => total + (values[name] ?? 0), 0);
  const share = Math.max(0, 1 - sum("regainedKj") / sum("brakedKj"));
  if (share > frictionShare) return null;
  const half = 100 * Z80 * shareError(watched);
  return detectionOf(view, {
    sourceId: CORROSION_ID,
    component: "brake",
    severity: "advice",
    value: 100 * share,
    unit: "%",
    low: Math.max(0, 100 * share - half),
    high: 100 * share + half,
    threshold: 100 * frictionShare,
    fromDay: first.day,
    samples: watched.length,
    readings: {
      braked_mj: sum("brakedKj") / 1000,
      regained_mj: sum("regainedKj") / 1000,
      watched_km: sum("brakedKm"),
      odometer_km: km,
      ...peerReadings(null, null),
    },
    series: [
      {
        name: "braking by friction",
        unit: "%",
        points: watched.map(({ day, values }) => ({ day, value: 100 - (100 * (values["regainedKj"] ?? 0)) / (values["brakedKj"] ?? 1) })),
      },
    ],
    words: { value: 100 * share, days: watched.length },
  });
}

/** Standard error of the regained energy as a share of all braked: a ratio of sums over days that differ (Cochran, Sampling Techniques, 2.11). */
function shareError(days: readonly DayFeatures[]): number {
  const pairs = days.map(({ values }) => ({ braked: values["brakedKj"] ?? 0, regained: values["regainedKj"] ?? 0 }));
  const braked = pairs.reduce((sum, day) => sum + day.braked, 0);
  const ratio = pairs.reduce((sum, day) => sum + day.regained, 0) / braked;
  const squares = pairs.reduce((sum, day) => sum + (day.regained - ratio * day.braked) ** 2, 0);
  return Math.sqrt((squares * pairs.length) / Math.max(1, pairs.length - 1)) / braked;
}
