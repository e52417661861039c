import type { DayFeatures } from "../../features/family.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { daysOf, detectionOf, spread80, unjudged } from "../daily.ts";
import type { Detection, Detector, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { RECENT_DAYS, type StandOut, standOut } from "../standOut.ts";

const ID = "charger-efficiency";
const FAMILY = "charger";
const BANDS = ["efficiencyWeakPct", "efficiencyStrongPct"] as const;
/** Two cars' current and power sensors differ by as much, percentage points. */
const PEER_FLOOR_PCT = 0.8;
/** Many cars charge slowly once or twice a week. */
const BASELINE_DAYS = 12;
/** What no charger does: then the signal is not the power from the socket (VSS also calls a charger's rating so). */
const PLAUSIBLE_PCT = [50, 101] as const;

const settings = defineSettings(ID, {
  // Below the peers: robust standard deviations, and percentage points (methods 3.9: 3).
  peerZ: 4,
  fallPct: 3,
  // A charger that was no better at the beginning reads low by its sensors.
  ownChangePct: 2,
  ownFallPct: 4,
  lowDaysMin: 4,
});

/** An on-board charger that loses more of what the socket gives than its peers', and more than it once did. */
export const chargerDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 45,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const { days, today } = daysOf(view, FAMILY);
    if (days.length === 0) return unjudged("missing_signal");
    if (today === undefined) return unjudged("situation_not_seen");
    const shares = BANDS.flatMap((band) => today.values[band] ?? []);
    if (shares.length === 0) return unjudged("situation_not_seen", today.samples);
    if (shares.some((pct) => pct < PLAUSIBLE_PCT[0] || pct > PLAUSIBLE_PCT[1])) return unjudged("implausible_value", today.samples);
    const { peerZ, fallPct, ownChangePct, ownFallPct, lowDaysMin } = settings.of(view);
    const own = { ownChange: ownChangePct, baselineDays: BASELINE_DAYS, beyondOwn: ownFallPct };
    const limits = { sign: -1, peerZ, peerFloor: PEER_FLOOR_PCT, beyondPeers: fallPct, ...own } as const;
    const found = standOut(view, days, { family: FAMILY, features: BANDS }, limits);
    if (found === null) return unjudged("too_few_peers", today.samples);
    return { detections: found.farDays >= lowDaysMin ? [chargerDetection(view, days, found)] : [], notEvaluated: null };
  },
};

function chargerDetection(view: VehicleView, days: readonly DayFeatures[], { excess, excesses, usual, ...found }: StandOut): Detection {
  const { fallPct, ownFallPct } = settings.of(view);
  const efficiencyPct = usual - excess;
  return detectionOf(view, {
    sourceId: ID,
    component: "charging",
    severity: "advice",
    value: efficiencyPct,
    unit: "%",
    ...spread80(
      excesses.map((fall) => usual - fall),
      efficiencyPct,
    ),
    threshold: usual - (found.group === null ? ownFallPct : fallPct),
    fromDay: days.at(-RECENT_DAYS)?.day ?? days[0]?.day ?? view.day,
    samples: found.days,
    readings: {
      usual_pct: usual,
      fall_pct: excess,
      low_days: found.farDays,
      input_kw: days.at(-1)?.values["inputKw"] ?? null,
      measured_by: found.group === null ? "its own beginning" : "its model's cars",
      ...peerReadings(found.group, efficiencyPct),
    },
    series: [
      { name: "of the socket's power into the pack", unit: "%", points: days.map(({ day, values }) => ({ day, value: shareOf(values) })) },
    ],
    words: {
      value: efficiencyPct,
      usual: Math.round(usual),
      days: found.farDays,
      besideEn: found.group === null ? "at its beginning" : "usual for the model",
      besideZh: found.group === null ? "该车初期水平" : "同车型通常水平",
    },
  });
}

function shareOf(values: DayFeatures["values"]): number | null {
  return BANDS.map((band) => values[band]).find((pct) => pct !== undefined) ?? null;
}
