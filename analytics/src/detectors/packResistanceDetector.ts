import { median } from "simple-statistics";
import { addDays, type Day } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import { peerReadings, peerZ } from "../fleet/peers.ts";
import { robustSpread } from "../stats/robustSpread.ts";
import { isStaggered } from "./cellTrendsDetector.ts";
import { comparableSince } from "./changePoint.ts";
import { lowCoverage } from "./coverage.ts";
import { daySeries, describe, rounded } from "./describe.ts";
import type { Detector, Judgement } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const ID = "pack-resistance";
const RECENT_DAYS = 14;
const BASELINE_COUNT = 15;
/** Resistances compare only at a like time between the two reports of a step. */
const GAP_RATIO_MAX = 1.5;
const settings = defineSettings(ID, {
  stepsMin: 50,
  daysMin: 5,
  // 1.5 times its own beginning (methods 2.1), or 1.25 times and far above its peers.
  ownRatio: 1.5,
  peerRatio: 1.25,
  peerZ: 4,
});
const Z_90 = 1.645;

interface StepDay {
  readonly day: Day;
  readonly mohm: number;
  readonly steps: number;
  readonly gapS: number;
}

/** Resistance of the whole pack at 25 °C from load steps, against its own beginning and its peers. */
export const packResistanceDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 30,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const unseen = lowCoverage(view, "driving");
    if (unseen !== null) return unjudged(unseen, 0);
    if (isStaggered(view)) return unjudged("staggered_samples", 0);
    const { stepsMin, daysMin, ownRatio, peerRatio, peerZ: zMin } = settings.of(view);
    const days = stepDays(view.series.daily["load-steps"], comparableSince(view));
    const before = addDays(view.day, -RECENT_DAYS);
    const recent = days.filter(({ day }) => day > before);
    const steps = recent.reduce((n, day) => n + day.steps, 0);
    if (recent.length < daysMin || steps < stepsMin) return unjudged("too_few_load_steps", steps);
    const now = median(recent.map(({ mohm }) => mohm));
    const gap = median(recent.map(({ gapS }) => gapS));
    const start = days.slice(0, BASELINE_COUNT).filter(({ day, gapS }) => day < (recent[0]?.day ?? "") && isLike(gapS, gap));
    if (start.length < daysMin) return unjudged("no_baseline", steps);
    const own = median(start.map(({ mohm }) => mohm));
    const group = view.peers.of("load-steps", "r25Mohm");
    const z = group === null ? 0 : peerZ(group, now, 0.02 * group.median);
    const ratio = now / own;
    if (!(ratio >= ownRatio || (ratio >= peerRatio && z >= zMin))) return { detections: [], notEvaluated: null };
    const error = Math.hypot(relativeError(recent, now), relativeError(start, own)) * ratio;
    const detection = describe(view, {
      sourceId: ID,
      component: "battery",
      severity: "advice",
      fromDay: recent[0]?.day ?? view.day,
      value: 100 * (ratio - 1),
      unit: "%",
      low: 100 * (ratio - Z_90 * error - 1),
      high: 100 * (ratio + Z_90 * error - 1),
      threshold: 100 * ((ratio >= ownRatio ? ownRatio : peerRatio) - 1),
      samples: steps,
      readings: { r25_mohm: rounded(now), own_start_mohm: rounded(own), step_gap_s: gap, peer_z: rounded(z), ...peerReadings(group, now) },
      series: [
        daySeries(view, { name: "pack resistance at 25 °C", unit: "mΩ", points: days.slice(-60).map(({ day, mohm }) => [day, mohm]) }),
      ],
      words: { now, own, steps },
    });
    return { detections: [detection], notEvaluated: null };
  },
};

function unjudged(reason: string, samples: number): Judgement {
  return { detections: null, notEvaluated: { reason, samples } };
}

function stepDays(days: readonly DayFeatures[] | undefined, since: Day): StepDay[] {
  return (days ?? []).flatMap(({ day, values }) => {
    const { r25Mohm, steps = 0, stepGapS } = values;
    return day < since || r25Mohm === undefined || stepGapS === undefined || r25Mohm <= 0
      ? []
      : [{ day, mohm: r25Mohm, steps, gapS: stepGapS }];
  });
}

function isLike(a: number, b: number): boolean {
  return Math.max(a, b) <= GAP_RATIO_MAX * Math.min(a, b);
}

function relativeError(days: readonly StepDay[], centre: number): number {
  return (
    robustSpread(
      days.map(({ mohm }) => mohm),
      0.005 * centre,
    ) /
    centre /
    Math.sqrt(days.length)
  );
}
