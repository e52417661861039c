import { median, mode } from "simple-statistics";
import { addDays, type Day } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import { modelPeers, peerReadings, peerZ } from "../fleet/peers.ts";
import { daySeries, describe, rounded } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const HEAT_ID = "probe-heating";
const RESIDUAL_ID = "pack-heating";
const SENSOR_ID = "probe-sensor";
const WINDOW_DAYS = 14;
const DAYS_MIN = 5;
/** On this share of the days the same probe has to stand out. */
const SAME_SHARE = 0.7;
/** A probe this far from the median with and without current measures wrongly. */
const OFFSET_C = 8;
const BASELINE_COUNT = 14;
const settings = defineSettings(HEAT_ID, {
  // Warmer under current by this much than it is without, and than in the car's first weeks.
  heatingC: 2,
  warningC: 6,
  // The same at 100 A, told from how its warming follows the current squared.
  fullLoadC: 4,
  // Against the peers of the model: robust standard deviations, and times their median.
  residualZ: 5,
  residualRatio: 1.5,
  residualDaysMin: 4,
});
/** Least spread of the heat per current squared among peers, as a share: different places of the probes. */
const RESIDUAL_FLOOR = 0.1;

/** A part of the pack that warms under current, a pack that warms more than its peers at the same current, and probes that measure wrongly. */
export const probeDetector: Detector = {
  id: HEAT_ID,
  sourceIds: [HEAT_ID, RESIDUAL_ID, SENSOR_ID],
  version: 2,
  clearAfterDays: 21,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const all = view.series.daily["probes"] ?? [];
    const before = addDays(view.day, -WINDOW_DAYS);
    const recent = all.filter(({ day }) => day > before);
    if (recent.length < DAYS_MIN) return { detections: null, notEvaluated: { reason: "too_few_usable_days", samples: recent.length } };
    const sensors = [...sensorDetections(recent, view)];
    const suspect = new Set(sensors.map((found) => found.words["probe"]));
    const heating = heatingDetections(recent, all.slice(0, BASELINE_COUNT), view);
    const warm = residualDetection(recent, view);
    const detections = [...sensors, ...heating.filter((found) => !suspect.has(found.words["probe"] ?? null)), ...warm];
    return { detections, notEvaluated: null };
  },
};

interface Warm {
  readonly day: Day;
  readonly probe: number;
  readonly excessC: number;
}

/** The hottest probe's excess under current beyond its excess without, on days that have both. */
function loadExcess(days: readonly DayFeatures[]): Warm[] {
  return days.flatMap(({ day, values }) => {
    const { hotProbe, hotProbeLoadC, hotProbeIdleC } = values;
    if (hotProbe === undefined || hotProbeLoadC === undefined || hotProbeIdleC === undefined) return [];
    return [{ day, probe: hotProbe, excessC: hotProbeLoadC - hotProbeIdleC }];
  });
}

/** How the probe that warms most does so with the current squared, at 100 A. */
function squareExcess(days: readonly DayFeatures[]): Warm[] {
  return days.flatMap(({ day, values: { warmProbe, warmKPer100A } }) =>
    warmProbe === undefined || warmKPer100A === undefined ? [] : [{ day, probe: warmProbe, excessC: warmKPer100A }],
  );
}

/** A probe that stays the warmest: by the difference with and without current, else by how it follows the current squared. */
function heatingDetections(recent: readonly DayFeatures[], baseline: readonly DayFeatures[], view: VehicleView): Detection[] {
  const { heatingC, warningC, fullLoadC } = settings.of(view);
  const plain = heatingDetection(recent, baseline, view, {
    of: loadExcess,
    limitC: heatingC,
    warnC: warningC,
    measure: "under current than without",
  });
  return plain.length > 0
    ? plain
    : heatingDetection(recent, baseline, view, {
        of: squareExcess,
        limitC: fullLoadC,
        warnC: 2 * warningC,
        measure: "at 100 A, by the current squared",
      });
}

interface Measure {
  readonly of: (days: readonly DayFeatures[]) => Warm[];
  readonly limitC: number;
  readonly warnC: number;
  readonly measure: string;
}

function heatingDetection(
  recent: readonly DayFeatures[],
  baseline: readonly DayFeatures[],
  view: VehicleView,
  { of, limitC, warnC, measure }: Measure,
): Detection[] {
  const days = of(recent);
  if (days.length < DAYS_MIN) return [];
  const probe = mode(days.map((day) => day.probe));
  const own = days.filter((day) => day.probe === probe);
  const excessC = median(own.map((day) => day.excessC));
  const before = of(baseline.filter(({ day }) => day < (days[0]?.day ?? "")));
  const usual = before.length < DAYS_MIN ? 0 : Math.max(0, median(before.map((day) => day.excessC)));
  if (own.length < SAME_SHARE * days.length || excessC - usual < limitC) return [];
  const sorted = own.map((day) => day.excessC).sort((a, b) => a - b);
  return [
    describe(view, {
      sourceId: HEAT_ID,
      component: "battery_thermal",
      severity: excessC >= warnC ? "warning" : "advice",
      fromDay: days[0]?.day ?? view.day,
      value: excessC,
      unit: "°C",
      low: sorted[0] ?? null,
      high: sorted.at(-1) ?? null,
      threshold: usual + limitC,
      samples: recent.reduce((n, day) => n + day.samples, 0),
      readings: {
        probe,
        measure,
        usual_c: rounded(usual),
        days: own.length,
        ...peerReadings(view.peers.of("probes", "hotProbeLoadC"), excessC),
      },
      series: [
        daySeries(view, {
          name: `probe ${probe} warmer than the median ${measure}`,
          unit: "°C",
          points: own.map((day) => [day.day, day.excessC]),
        }),
      ],
      words: { probe, days: own.length },
    }),
  ];
}

/** Heat per current squared and time while charging, against the peers of the same weeks: like load by definition, like weather by season. */
function residualDetection(recent: readonly DayFeatures[], view: VehicleView): Detection[] {
  const days = recent.flatMap(({ day, values }): [Day, number][] =>
    values["heatKPerKa2h"] === undefined ? [] : [[day, values["heatKPerKa2h"]]],
  );
  const { residualZ, residualRatio, residualDaysMin } = settings.of(view);
  const group = modelPeers(view.peers, "probes", "heatKPerKa2h");
  if (group === null || days.length < residualDaysMin || group.median <= 0) return [];
  const values = days.map(([, x]) => x).sort((a, b) => a - b);
  const now = median(values);
  if (peerZ(group, now, RESIDUAL_FLOOR * group.median) < residualZ || now < residualRatio * group.median) return [];
  return [
    describe(view, {
      sourceId: RESIDUAL_ID,
      component: "battery_thermal",
      severity: "advice",
      fromDay: days[0]?.[0] ?? view.day,
      value: now,
      unit: "K/kA²h",
      low: values[0] ?? null,
      high: values.at(-1) ?? null,
      threshold: residualRatio * group.median,
      samples: days.length,
      readings: { peer_z: rounded(peerZ(group, now, RESIDUAL_FLOOR * group.median)), ...peerReadings(group, now) },
      series: [daySeries(view, { name: "warming by current squared and time while charging", unit: "K/kA²h", points: days })],
      words: { usual: group.median, days: days.length },
    }),
  ];
}

const REASONS = {
  stuck: { reasonEn: "does not move while the pack warms and cools", reasonZh: "电池升降温时读数不变" },
  broken: { reasonEn: "reports the end of its range", reasonZh: "读数处于量程端点" },
  offset: { reasonEn: "is far from all others, with and without current", reasonZh: "有无电流时均明显偏离其他探头" },
} as const;

function* sensorDetections(recent: readonly DayFeatures[], view: VehicleView): Generator<Detection> {
  const seen = new Set<number>();
  for (const reason of ["broken", "stuck", "offset"] as const) {
    const probes = recent.flatMap((day) => suspectOf(day, reason));
    const probe = probes.length === 0 ? null : mode(probes);
    const days = probes.filter((other) => other === probe).length;
    if (probe === null || days < DAYS_MIN || seen.has(probe)) continue;
    seen.add(probe);
    const offset = median(recent.flatMap(({ values }) => (values["coldProbe"] === probe ? [values["coldProbeC"] ?? 0] : []).concat(0)));
    yield describe(view, {
      sourceId: SENSOR_ID,
      component: "sensor",
      severity: "info",
      fromDay: recent[0]?.day ?? view.day,
      // A count: nothing is estimated.
      value: days,
      low: days,
      high: days,
      unit: "d",
      samples: recent.reduce((n, day) => n + day.samples, 0),
      readings: { probe, reason, offset_c: rounded(offset), ...peerReadings(null, null) },
      series: [
        daySeries(view, {
          name: `probe ${probe} ${REASONS[reason].reasonEn}`,
          unit: "",
          points: recent.map((day) => [day.day, suspectOf(day, reason).includes(probe) ? 1 : 0]),
        }),
      ],
      words: { probe, days, ...REASONS[reason] },
    });
  }
}

function suspectOf({ values }: DayFeatures, reason: keyof typeof REASONS): number[] {
  const { stuckProbe, brokenProbe, hotProbe, hotProbeIdleC = 0, coldProbe, coldProbeC = 0 } = values;
  const found = reason === "stuck" ? stuckProbe : reason === "broken" ? brokenProbe : undefined;
  if (found !== undefined) return [found];
  if (reason !== "offset") return [];
  if (coldProbe !== undefined && coldProbeC <= -OFFSET_C) return [coldProbe];
  return hotProbe !== undefined && hotProbeIdleC >= OFFSET_C ? [hotProbe] : [];
}
