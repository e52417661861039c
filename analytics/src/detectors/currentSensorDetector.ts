import { median } from "simple-statistics";
import { addDays, type Day } from "../engine/days.ts";
import { peerReadings } from "../fleet/peers.ts";
import { daySeries, describe, featureDays } from "./describe.ts";
import type { Detection, Detector, Judgement, VehicleView } from "./detector.ts";
import { defineSettings } from "./settings.ts";

const ID = "current-sensor";
const WINDOW_DAYS = 21;
const settings = defineSettings(ID, {
  daysMin: 3,
  // Nothing flows in a car that is off and not charging; what a good sensor and a sleeping car still show stays below this.
  offsetA: 2,
  // A current that does not move while the pack's voltage does.
  stuckRangeA: 0.5,
  movingRangeV: 5,
});
const ROWS_MIN = 30;

/** A pack-current sensor off its zero or stuck: everything counted from it (capacity, resistance) is wrong by as much. */
export const currentSensorDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 21,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const days = view.series.daily["load-steps"];
    const { daysMin, offsetA, stuckRangeA, movingRangeV } = settings.of(view);
    const since = addDays(view.day, -WINDOW_DAYS);
    const parked = featureDays(days, "parkedCurrentA", since);
    const stuck = (days ?? []).filter(({ day, values }) => {
      const { drivingRows = 0, drivingCurrentRangeA = 99, drivingVoltageRangeV = 0 } = values;
      return day >= since && drivingRows >= ROWS_MIN && drivingCurrentRangeA <= stuckRangeA && drivingVoltageRangeV >= movingRangeV;
    });
    if (stuck.length >= daysMin) return { detections: [stuckDetection(stuck.length, stuck[0]?.day ?? view.day, view)], notEvaluated: null };
    if (parked.length < daysMin) return { detections: null, notEvaluated: { reason: "never_parked_awake", samples: parked.length } };
    const offset = median(parked.map(({ value }) => value));
    return { detections: Math.abs(offset) >= offsetA ? [offsetDetection(offset, parked, view)] : [], notEvaluated: null };
  },
};

/** Whether the sensor's finding is open, or opens today: nothing counted from the current can be believed. */
export function isCurrentDoubtful(view: VehicleView): boolean {
  return view.openSources.has(ID) || (currentSensorDetector.judge(view).detections ?? []).length > 0;
}

/** First and last day on which the parked current was off its zero; null where it was on fewer than three. */
export function offsetSpan(view: VehicleView): readonly [first: Day, last: Day] | null {
  const { daysMin, offsetA } = settings.of(view);
  const off = featureDays(view.series.daily["load-steps"], "parkedCurrentA").filter(({ value }) => Math.abs(value) >= offsetA);
  const [first, last] = [off[0], off.at(-1)];
  return first === undefined || last === undefined || off.length < daysMin ? null : [first.day, last.day];
}

function offsetDetection(offset: number, parked: readonly { day: string; value: number }[], view: VehicleView): Detection {
  const sorted = parked.map(({ value }) => value).sort((a, b) => a - b);
  return describe(view, {
    sourceId: ID,
    component: "sensor",
    severity: "info",
    fromDay: parked[0]?.day ?? view.day,
    value: offset,
    unit: "A",
    low: sorted[0] ?? null,
    high: sorted.at(-1) ?? null,
    threshold: settings.of(view).offsetA,
    samples: parked.length,
    readings: { reason: "offset", ...peerReadings(view.peers.of("load-steps", "parkedCurrentA"), offset) },
    series: [daySeries(view, { name: "current while parked and off", unit: "A", points: parked.map(({ day, value }) => [day, value]) })],
    words: {
      days: parked.length,
      reasonEn: `shows ${offset.toFixed(1)} A while the car is off`,
      reasonZh: `车辆断电时仍显示${offset.toFixed(1)} A`,
    },
  });
}

function stuckDetection(days: number, fromDay: string, view: VehicleView): Detection {
  return describe(view, {
    sourceId: ID,
    component: "sensor",
    severity: "info",
    fromDay,
    // A count: nothing is estimated.
    value: days,
    low: days,
    high: days,
    unit: "d",
    samples: days,
    series: [
      daySeries(view, {
        name: "range of the current while driving",
        unit: "A",
        points: featureDays(view.series.daily["load-steps"], "drivingCurrentRangeA", fromDay).map(({ day, value }) => [day, value]),
      }),
    ],
    readings: { reason: "stuck", ...peerReadings(null, null) },
    words: { days, reasonEn: "does not move while the car drives and its voltage changes", reasonZh: "行驶中电压变化但电流读数不变" },
  });
}
