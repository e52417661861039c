import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, spread80, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { RECENT_DAYS, type StandOut, standOut } from "../standOut.ts";

const ID = "dcdc-trend";
const FAMILY = "converter";
/** From cold to warm: converters charge a warm battery at a lower voltage. */
const RAILS = ["railColdV", "railMildV", "railWarmV", "railV"] as const;
/** By as much, V: 4 mV per kelvin and cell, six cells, some 12 K from one bin's middle to the next. */
const WARMER_V = 0.3;
/** Two sensors of one model differ by as much, V. */
const PEER_FLOOR_V = 0.05;
const BASELINE_DAYS = 30;
/** No 12 V or 24 V network of a driving car is outside this, V. */
const PLAUSIBLE_V = [9, 33] as const;

const settings = defineSettings(ID, {
  // Below the peers: robust standard deviations, and volts.
  peerZ: 4,
  fallV: 0.25,
  // A car whose rail was no higher at its beginning reads low by its sensor or its software.
  ownChangeV: 0.15,
  // Without peers the seasons have to be outdone.
  ownFallV: 0.5,
  lowDaysMin: 5,
  // Below this a lead battery is no longer charged, V; twice that for 24 V networks.
  feedV: 13.2,
});

/** A DC-DC converter that holds the 12 V rail lower than other cars' in the same weather, and lower than it once did. */
export const converterDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 14,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, FAMILY);
    if (today === undefined) return unjudged("missing_signal");
    const volts = RAILS.flatMap((rail) => today.values[rail] ?? []);
    if (volts.length === 0) return unjudged("situation_not_seen", today.samples);
    if (volts.some((v) => v < PLAUSIBLE_V[0] || v > PLAUSIBLE_V[1])) return unjudged("implausible_value", today.samples);
    const { peerZ, fallV, ownChangeV, ownFallV, lowDaysMin } = settings.of(view);
    const limits = {
      sign: -1,
      peerZ,
      peerFloor: PEER_FLOOR_V,
      beyondPeers: fallV,
      ownChange: ownChangeV,
      baselineDays: BASELINE_DAYS,
      beyondOwn: ownFallV,
      betweenSituations: WARMER_V,
    } as const;
    const found = standOut(view, days, { family: FAMILY, features: RAILS }, limits);
    if (found === null) return unjudged("too_few_peers", today.samples);
    return { detections: found.farDays >= lowDaysMin ? [railDetection(view, days, found)] : [], notEvaluated: null };
  },
};

function railDetection(view: VehicleView, days: readonly DayFeatures[], { excess, excesses, usual, ...found }: StandOut): Detection {
  const { fallV, ownFallV, feedV } = settings.of(view);
  const railV = usual - excess;
  const isStarving = railV < feedV * (usual > 20 ? 2 : 1);
  return detectionOf(view, {
    sourceId: ID,
    component: "aux_battery",
    severity: isStarving ? "warning" : "advice",
    value: -excess,
    unit: "V",
    ...spread80(
      excesses.map((fall) => -fall),
      -excess,
    ),
    threshold: -(found.group === null ? ownFallV : fallV),
    fromDay: days.at(-RECENT_DAYS)?.day ?? days[0]?.day ?? view.day,
    samples: found.days,
    readings: {
      rail_v: railV,
      usual_v: usual,
      low_days: found.farDays,
      drawn_a: days.at(-1)?.values["drawnA"] ?? null,
      measured_by: found.group === null ? "its own beginning" : "its model's cars in the same weather",
      ...peerReadings(found.group, railV),
    },
    series: [{ name: "12 V rail while driving", unit: "V", points: days.map(({ day, values }) => ({ day, value: railOf(values) })) }],
    words: {
      value: excess.toFixed(2),
      railV: railV.toFixed(1),
      days: found.farDays,
      besideEn: found.group === null ? "at its beginning" : "other cars of its model in the same weather",
      besideZh: found.group === null ? "该车初期水平" : "同车型在相同气温下的水平",
      starvingEn: isStarving ? " The 12 V battery is no longer charged." : "",
      starvingZh: isStarving ? "12 V蓄电池已得不到充电。" : "",
    },
  });
}

function railOf(values: DayFeatures["values"]): number | null {
  return RAILS.map((rail) => values[rail]).find((v) => v !== undefined) ?? null;
}
