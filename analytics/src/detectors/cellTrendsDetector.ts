import { median } from "simple-statistics";
import { addDays } from "../engine/days.ts";
import { peerReadings } from "../fleet/peers.ts";
import { cellHistory } from "./cellTrends/cellHistory.ts";
import { findLeak, LEAK_PARAMS, type Leak } from "./cellTrends/findLeak.ts";
import { findResistanceRise, RISE_PARAMS, type Rise } from "./cellTrends/findResistanceRise.ts";
import { comparableSince } from "./changePoint.ts";
import { lowCoverage } from "./coverage.ts";
import { daySeries, describe, featureDays, rounded } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const LEAK_ID = "cell-leak";
const RISE_ID = "cell-resistance";
/** Rise of a cell's rested voltage per percent of charge where the car's own charges do not say: middle of an NCM curve (methods 2.3). */
const NCM_MV_PER_PCT = 8;
const settings = defineSettings(LEAK_ID, {
  leakZ: LEAK_PARAMS.z,
  leakFallMv: LEAK_PARAMS.fallMv,
  // A leak above this drains a pack's balance within weeks and heats when it grows.
  warningMa: 20,
  rise: RISE_PARAMS.rise,
  riseGap: RISE_PARAMS.gap,
  riseZ: RISE_PARAMS.z,
  warningRise: 0.5,
});
/** Where voltage answers current one report later more clearly than at once, they are not measured together. */
const STAGGER_MARGIN = 0.1;
/** Standard errors above which a leak counts as found (methods 2.3). */
const LIMIT_SE = 6;
const Z_90 = 1.645;

/** A cell that steadily loses charge, and a cell whose resistance rises: both against its own beginning, and alone in its pack. */
export const cellTrendsDetector: Detector = {
  id: LEAK_ID,
  sourceIds: [LEAK_ID, RISE_ID],
  version: 1,
  clearAfterDays: 21,
  needsCells: true,
  settings: settings.defaults,
  judge(view): Judgement {
    // Where much was not seen, rests are read at other states of charge than before, which looks like a slope.
    const unseen = lowCoverage(view, "charging") ?? lowCoverage(view, "driving");
    if (unseen !== null) return unjudged(unseen);
    const history = cellHistory(view.series.cellDays, comparableSince(view));
    if (history.at(-1)?.day !== view.day) return unjudged("too_few_samples_on_day");
    const { leakZ, leakFallMv, rise: riseMin, riseGap, riseZ } = settings.of(view);
    const leak = findLeak(history, { ...LEAK_PARAMS, z: leakZ, fallMv: leakFallMv });
    const riseParams = { ...RISE_PARAMS, rise: riseMin, gap: riseGap, z: riseZ };
    const rise = isStaggered(view)
      ? staggered
      : findResistanceRise(history, { cellMohm: cellMohm(view), tempC: dayTemperature(view) }, riseParams);
    const detections = [
      ...(leak.kind === "leak" ? [leakDetection(leak.leak, view)] : []),
      ...(rise.kind === "rise" ? [riseDetection(rise.rise, view)] : []),
    ];
    const both = leak.kind === "not_evaluated" && rise.kind === "not_evaluated";
    if (both) return unjudged(leak.reason);
    const reason = rise.kind === "not_evaluated" ? rise.reason : leak.kind === "not_evaluated" ? leak.reason : null;
    return { detections, notEvaluated: reason === null ? null : { reason, samples: 0 } };
  },
};

const staggered = { kind: "not_evaluated", reason: "staggered_samples" } as const;

function unjudged(reason: string): Judgement {
  return { detections: null, notEvaluated: { reason, samples: 0 } };
}

/** Whether the last two weeks' voltage follows the current of another report: then no resistance can be read from pairs. */
export function isStaggered(view: VehicleView): boolean {
  const since = addDays(view.day, -14);
  const days = view.series.daily["load-steps"];
  const [now, late] = ["stepCorrelation", "stepCorrelationLate"].map((name) => featureDays(days, name, since).map(({ value }) => value));
  if (now === undefined || late === undefined || now.length === 0 || late.length === 0) return false;
  return median(late) < median(now) - STAGGER_MARGIN;
}

/** Resistance of one cell at 25 °C from the pack's load steps of the last 30 days, mΩ. */
function cellMohm(view: VehicleView): number | null {
  const cells = view.series.cellDays.at(-1)?.cells ?? 0;
  const pack = featureDays(view.series.daily["load-steps"], "r25Mohm", addDays(view.day, -30)).map(({ value }) => value);
  return pack.length === 0 || cells === 0 ? null : median(pack) / cells;
}

function dayTemperature(view: VehicleView): (day: string) => number | null {
  const known = new Map(featureDays(view.series.daily["probes"], "packTempMeanC").map(({ day, value }) => [day, value]));
  for (const { day, value } of featureDays(view.series.daily["load-steps"], "stepTempC")) known.set(day, value);
  return (day) => known.get(day) ?? null;
}

/** Leak current per mV/day of falling, mA; null on LFP, whose flat curve hides how much charge a millivolt is. */
function mAPerMvPerDay(view: VehicleView): number | null {
  const nominalAh = view.master?.nominalAh ?? null;
  if (nominalAh === null || view.master?.chemistry === "LFP") return null;
  const own = featureDays(view.series.daily["load-steps"], "cellMvPerSocPct", addDays(view.day, -60)).map(({ value }) => value);
  const mvPerPct = own.length < 3 ? NCM_MV_PER_PCT : Math.min(16, Math.max(4, median(own)));
  return ((nominalAh / 100 / mvPerPct) * 1000) / 24;
}

function leakDetection(leak: Leak, view: VehicleView): Detection {
  const scale = mAPerMvPerDay(view);
  const fall = -leak.slopeMvPerDay;
  const [current, low, high, limit] = [
    fall,
    fall - Z_90 * leak.standardError,
    fall + Z_90 * leak.standardError,
    LIMIT_SE * leak.standardError,
  ].map((x) => x * (scale ?? 1));
  const unit = scale === null ? "mV/d" : "mA";
  return describe(view, {
    sourceId: LEAK_ID,
    component: "battery_cell",
    cell: leak.cell,
    severity: scale !== null && (low ?? 0) >= settings.of(view).warningMa ? "warning" : "advice",
    fromDay: leak.points[0]?.[0] ?? view.day,
    value: current ?? null,
    unit,
    low: Math.max(0, low ?? 0),
    high: high ?? null,
    threshold: limit ?? null,
    samples: leak.samples,
    readings: {
      slope_mv_per_day: rounded(leak.slopeMvPerDay),
      detection_limit: rounded(limit ?? null),
      z_score: rounded(leak.zScore),
      gap_mv_per_day: rounded(leak.gap),
      days_used: leak.points.length,
      ...peerReadings(null, null),
    },
    series: [daySeries(view, { name: `cell ${leak.cell} deviation from the pack median`, unit: "mV", points: leak.points })],
    words: { cell: leak.cell, unit, days: leak.points.length, slope: fall },
  });
}

function riseDetection(rise: Rise, view: VehicleView): Detection {
  const percent = (share: number) => 100 * share;
  const whole = cellMohm(view);
  const group = view.peers.of("load-steps", "r25Mohm");
  return describe(view, {
    sourceId: RISE_ID,
    component: "battery_cell",
    cell: rise.cell,
    severity: rise.rise >= settings.of(view).warningRise ? "warning" : "advice",
    fromDay: rise.points[0]?.[0] ?? view.day,
    value: percent(rise.rise),
    unit: "%",
    low: percent(rise.rise - Z_90 * rise.standardError),
    high: percent(rise.rise + Z_90 * rise.standardError),
    threshold: percent(settings.of(view).rise),
    samples: rise.samples,
    readings: {
      rise_mohm: whole === null ? null : rounded(whole * rise.rise),
      cell_mohm: rounded(whole),
      gap_pct: rounded(percent(rise.gap)),
      z_score: rounded(rise.zScore),
      baseline_until: rise.baselineUntil,
      ...peerReadings(group, whole === null ? null : whole * (view.series.cellDays.at(-1)?.cells ?? 0)),
    },
    series: [
      daySeries(view, {
        name: `cell ${rise.cell} resistance against its own beginning`,
        unit: "%",
        points: rise.points.map(([day, x]) => [day, x === null ? null : percent(x)]),
      }),
    ],
    words: { cell: rise.cell, mohm: whole === null ? null : whole * rise.rise, days: rise.points.length, since: rise.baselineUntil },
  });
}
