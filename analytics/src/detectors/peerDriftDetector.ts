import { mean, median } from "simple-statistics";
import { addDays, type Day, daysBetween } from "../engine/days.ts";
import { budgetedThreshold } from "../fleet/alarmBudget.ts";
import { type PeerGroup, peerReadings, peerZ } from "../fleet/peers.ts";
import { cusumStep } from "../stats/cusum.ts";
import { robustSpread } from "../stats/robustSpread.ts";
import { comparableSince } from "./changePoint.ts";
import { dataWeek } from "./dataWeek.ts";
import { daySeries, describe, featureDays, rounded } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const ID = "peer-drift";
/** A shift of one standard deviation of the vehicle's own weeks is what the CUSUM is tuned to. */
const SLACK = 0.5;
const BASELINE_WEEKS = 6;
const settings = defineSettings(ID, {
  weeksMin: 9,
  // No single week counts for more than this, so that one bad week alarms nobody.
  weekMax: 4,
  // Where the vehicle has to stand among its peers by now: drifting towards the middle is no fault.
  peerZ: 1.5,
});

interface Watch {
  readonly family: string;
  readonly feature: string;
  readonly side: 1 | -1;
  readonly unit: string;
  readonly nameEn: string;
  readonly nameZh: string;
  /** Least standard deviation, as a share of the group's median. */
  readonly floorShare: number;
}

const WATCHES: readonly Watch[] = [
  { family: "load-steps", feature: "r25Mohm", side: 1, unit: "mΩ", nameEn: "pack resistance", nameZh: "电池组内阻", floorShare: 0.02 },
  { family: "insulation", feature: "p10OhmPerV", side: -1, unit: "Ω/V", nameEn: "insulation", nameZh: "绝缘电阻", floorShare: 0.1 },
  {
    family: "extremes",
    feature: "restSpreadMv",
    side: 1,
    unit: "mV",
    nameEn: "cell spread at rest",
    nameZh: "静置电芯压差",
    floorShare: 0.1,
  },
  {
    family: "probes",
    feature: "hotProbeLoadC",
    side: 1,
    unit: "°C",
    nameEn: "probe warming under load",
    nameZh: "带载探头温差",
    floorShare: 0.25,
  },
];

/** Vehicles that drift away from their model week by week: for engineers to look at, by CUSUM with an alarm budget. */
export const peerDriftDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 35,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const judged = WATCHES.map((watch) => ({ watch, drift: driftOf(view, watch) })).filter(({ drift }) => drift !== null);
    if (judged.length === 0) return { detections: null, notEvaluated: { reason: "no_peers_or_too_few_weeks", samples: 0 } };
    const threshold = budgetedThreshold("owner", WATCHES.length, SLACK);
    const drifting = judged.flatMap(({ watch, drift }) =>
      drift !== null && drift.sum > threshold && watch.side * drift.peerZ >= settings.of(view).peerZ ? [{ watch, drift }] : [],
    );
    const [worst] = drifting.sort((a, b) => b.drift.sum - a.drift.sum);
    return { detections: worst === undefined ? [] : [detectionOf(worst.watch, worst.drift, { view, threshold })], notEvaluated: null };
  },
};

interface Drift {
  readonly sum: number;
  readonly peerZ: number;
  readonly now: number;
  readonly start: number;
  readonly group: PeerGroup;
  readonly weeks: readonly (readonly [week: Day, value: number])[];
}

/** Weekly medians against the vehicle's own first weeks, in units of their scatter, summed up; null: too few weeks or nobody to compare with. */
function driftOf(view: VehicleView, { family, feature, side, floorShare }: Watch): Drift | null {
  const group = view.peers.of(family, feature);
  if (group === null) return null;
  const weeks = weeklyMedians(featureDays(view.series.daily[family], feature, comparableSince(view)), view.day);
  const { weeksMin, weekMax } = settings.of(view);
  if (weeks.length < weeksMin) return null;
  const values = weeks.map(([, value]) => value);
  const first = values.slice(0, BASELINE_WEEKS);
  const floor = floorShare * Math.abs(group.median);
  const scatter = robustSpread(first, Math.max(floor, Number.EPSILON));
  const start = mean(first);
  const sum = values.slice(BASELINE_WEEKS).reduce((s, value) => {
    const z = (side * (value - start)) / scatter;
    return cusumStep(s, Math.min(weekMax, Math.max(-weekMax, z)), SLACK);
  }, 0);
  const now = values.at(-1) ?? start;
  return { sum, peerZ: peerZ(group, now, Math.max(floor, Number.EPSILON)), now, start, group, weeks };
}

function weeklyMedians(days: readonly { readonly day: Day; readonly value: number }[], today: Day): [Day, number][] {
  const byWeek = new Map<Day, number[]>();
  for (const { day, value } of days) byWeek.set(dataWeek(day), [...(byWeek.get(dataWeek(day)) ?? []), value]);
  // The present week counts once it is over.
  return [...byWeek].filter(([week]) => daysBetween(week, today) >= 6).map(([week, values]) => [week, median(values)]);
}

function detectionOf(
  watch: Watch,
  drift: Drift,
  { view, threshold }: { readonly view: VehicleView; readonly threshold: number },
): Detection {
  const recent = drift.weeks.slice(BASELINE_WEEKS).map(([, value]) => value);
  return describe(view, {
    sourceId: ID,
    component: "battery",
    severity: "info",
    fromDay: drift.weeks[BASELINE_WEEKS]?.[0] ?? addDays(view.day, -21),
    value: drift.now,
    unit: watch.unit,
    low: Math.min(...recent),
    high: Math.max(...recent),
    samples: drift.weeks.length,
    readings: {
      feature: `${watch.family}/${watch.feature}`,
      cusum: rounded(drift.sum),
      cusum_threshold: rounded(threshold),
      own_start: rounded(drift.start),
      peer_z: rounded(drift.peerZ),
      weeks: drift.weeks.length,
      ...peerReadings(drift.group, drift.now),
    },
    series: [daySeries(view, { name: `${watch.nameEn}, weekly median`, unit: watch.unit, points: drift.weeks })],
    words: { nameEn: watch.nameEn, nameZh: watch.nameZh, unit: watch.unit, start: drift.start, weeks: drift.weeks.length },
  });
}
