import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { wilsonInterval } from "../../stats/wilsonInterval.ts";
import { daysOf, detectionOf, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { type ChargeDay, judgeStops, type StopsVerdict } from "./judgeStops.ts";

const ID = "charge-interrupted";
const FAMILY = "chargeStops";
const WINDOW_DAYS = 60;
const DAY_MS = 86_400_000;
/** Eight in ten. */
const Z80 = 1.2816;

const settings = defineSettings(ID, {
  chargesMin: 5,
  stoppedMin: 3,
  // Chance that a sound car has so many: judged some fifty times a year, but on charges that mostly are the same as the week before.
  chance: 0.003,
});

/** Charges that stop before their end: the car's own fault, told apart from stations where other cars' stop as well. */
export const stopsDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 30,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days } = daysOf(view, FAMILY);
    const { chargesMin, stoppedMin, chance } = settings.of(view);
    const sinceMs = Date.parse(view.day) - WINDOW_DAYS * DAY_MS;
    const recent = days.filter(({ day }) => Date.parse(day) > sinceMs);
    if (days.length === 0) return unjudged("missing_signal");
    if (recent.length === 0) return unjudged("situation_not_seen");
    const verdict = judgeStops(recent.map(chargeDayOf), view.chargeFleet ?? null, chance);
    if (verdict.charges < chargesMin) return unjudged("not_enough_history", recent.length);
    const isTheCars = verdict.stopped >= stoppedMin && (verdict.kind === "car" || verdict.kind === "unknown");
    return { detections: isTheCars ? [stopsDetection(view, recent, verdict)] : [], notEvaluated: null };
  },
};

function chargeDayOf({ values }: DayFeatures): ChargeDay {
  const { acCharges = 0, acStopped = 0, dcCharges = 0, dcStopped = 0, place = null } = values;
  return { acCharges, acStopped, dcCharges, dcStopped, place };
}

function stopsDetection(view: VehicleView, days: readonly DayFeatures[], verdict: StopsVerdict): Detection {
  const { charges, stopped, expected, tail, places, badPlaces, isFleetKnown, kind } = verdict;
  const [low, high] = wilsonInterval(stopped, charges, Z80);
  const isCars = kind === "car";
  return detectionOf(view, {
    sourceId: ID,
    component: "charging",
    severity: "advice",
    value: (100 * stopped) / charges,
    unit: "%",
    low: 100 * low,
    high: 100 * high,
    threshold: (100 * expected) / charges,
    fromDay: days[0]?.day ?? view.day,
    samples: charges,
    readings: {
      charges,
      stopped,
      expected_stops: expected,
      chance_if_sound: Number(tail.toPrecision(2)),
      places,
      places_with_stops: badPlaces,
      told_apart: isCars ? "car" : "one place, nobody else charges there",
      measured_by: isFleetKnown ? "the fleet's charges at the same places" : "an assumed 2 % of charges",
      ...peerReadings(null, null),
    },
    series: [{ name: "charges that stopped", unit: "", points: days.map(({ day, values }) => ({ day, value: values["stops"] ?? 0 })) }],
    words: {
      stopped,
      charges,
      expected: expected.toFixed(1),
      placeEn: isCars
        ? `${badPlaces > 1 ? `at ${badPlaces} places` : "where other cars charge without trouble"}`
        : "at its one charging place, so the station may share the blame",
      placeZh: isCars ? `${badPlaces > 1 ? `涉及${badPlaces}个地点` : "其他车辆在该处充电正常"}` : "仅在同一充电地点，也可能与充电桩有关",
    },
  });
}
