import { addDays, daysBetween } from "../../engine/days.ts";
import type { ChargingSession } from "../../features/chargingSession.ts";
import { peerReadings } from "../../fleet/peers.ts";
import { HEALTH_VERSION } from "../../soh/healthTrack.ts";
import { imbalancePct, START_DAYS } from "../../soh/imbalance.ts";
import { comparableSince } from "../changePoint.ts";
import { FORECAST_COVERAGE, lowCoverage } from "../coverage.ts";
import { isCurrentDoubtful, offsetSpan } from "../currentSensorDetector.ts";
import { dayMs, daySeries, featureDays, rounded } from "../describe.ts";
import type { Detection, Detector, HealthRow, Judgement, VehicleView } from "../detector.ts";
import { defineSettings } from "../settings.ts";
import { CAPACITY_PARAMS, type CapacityContext, type CapacityEstimate, estimateCapacity } from "./estimateCapacity.ts";
import { FADE_ID, fadeDetection, forecastOf } from "./fadeDetection.ts";
import { referenceOf } from "./reference.ts";
import { healthRow, nextHealth } from "./weeklyHealth.ts";

const ID = "battery-capacity";
const HEALTH_EVERY_DAYS = 7;
/** The vehicle's own beginning: its first charges up to this age make its baseline. */
const BASELINE_DAYS = 60;
const settings = defineSettings(ID, {
  baselineSessionsMin: 6,
  // Below this share of the reference a pack counts as worn; usual in warranties (70 %) plus a margin to act.
  sohLimitPct: 75,
});
const SETTLE_MS = 600_000;

/** Present capacity and state of health from charging sessions, and what they become, once a week per vehicle. */
export const capacityDetector: Detector = {
  id: ID,
  sourceIds: [ID, FADE_ID],
  version: HEALTH_VERSION,
  clearAfterDays: 42,
  needsCells: false,
  settings: settings.defaults,
  judge(view): Judgement {
    const isDue = view.lastHealthDay === null || daysBetween(view.lastHealthDay, view.day) >= HEALTH_EVERY_DAYS;
    if (!isDue) return { detections: null, notEvaluated: null };
    const since = comparableSince(view);
    const comparable = comparableSessions(view, since);
    const withheld = withheldReason(view);
    const estimate =
      withheld === null
        ? estimateCapacity(comparable, view.dayEndMs - SETTLE_MS, contextOf(view, since))
        : noEstimate(comparable, withheld);
    const reference = referenceOf(view);
    const isNewSoftware = view.health !== null && since > view.health.day;
    const lostPct = imbalanceOf(view, since);
    const state = nextHealth(view.health, { day: view.day, estimate, reference, isNewSoftware, imbalancePct: lostPct });
    const health = healthRow(view.day, estimate, reference, state, lostPct);
    if (estimate.kind === "not_enough_evidence") {
      return { detections: null, notEvaluated: { reason: withheld ?? "not_enough_evidence", samples: estimate.sessions }, health };
    }
    const baseline = ownBaseline(view, estimate);
    const forecast =
      state === null || lowCoverage(view, "charging", FORECAST_COVERAGE) !== null ? null : forecastOf(view, state, health.accuracyClass);
    return {
      detections: [
        ...(isWorn(view, health) ? [wornDetection(view, health)] : []),
        ...(state === null ? [] : fadeDetection(view, health, state, forecast)),
      ],
      notEvaluated: null,
      health,
      ...(state === null ? {} : { healthState: state }),
      ...(forecast === null ? {} : { forecast }),
      ...(baseline === null ? {} : { baselineAh: baseline }),
    };
  },
};

/** What is known of the vehicle besides its own charges: what its model taught, and where it rested. */
function contextOf({ chargeModel, master, series }: VehicleView, since: string): CapacityContext {
  const rests = (series.daily["rests"] ?? []).filter(({ day }) => day >= since);
  return { learnt: chargeModel ?? null, chemistry: master?.chemistry ?? "", rests };
}

/** Points of capacity that cells out of balance cost since the pack's beginning, over the days whose charges are counted. */
function imbalanceOf({ day, series, master }: VehicleView, since: string): number | null {
  const days = featureDays(series.daily["extremes"], "endSpreadMv", since);
  const before = addDays(day, -CAPACITY_PARAMS.windowDays);
  const recent = days.slice(START_DAYS).filter((one) => one.day > before);
  const [start, now] = [days.slice(0, START_DAYS), recent].map((some) => some.map(({ value }) => value));
  return imbalancePct(start ?? [], now ?? [], master?.chemistry ?? "");
}

/** Why nothing may be concluded from the charges this week; closed list. */
type WithheldReason = "current_sensor_off" | "charging_coverage_low";

const WITHHELD_TEXTS: Readonly<Record<WithheldReason, string>> = {
  current_sensor_off: "the current sensor is off its zero, and all charge is counted from it",
  charging_coverage_low: "less than 60 % of the week's charging was seen",
};

function withheldReason(view: VehicleView): WithheldReason | null {
  if (isCurrentDoubtful(view)) return "current_sensor_off";
  return lowCoverage(view, "charging") === null ? null : "charging_coverage_low";
}

function noEstimate({ length: sessions }: readonly ChargingSession[], reason: WithheldReason): CapacityEstimate {
  return { kind: "not_enough_evidence", sessions, reason: WITHHELD_TEXTS[reason] };
}

/** Without what was charged under another software of the battery management, or while the current sensor was off its zero. */
function comparableSessions(view: VehicleView, since: string): readonly ChargingSession[] {
  const span = offsetSpan(view);
  const [offFromMs, offToMs] = span === null ? [0, 0] : [dayMs(span[0], view), dayMs(addDays(span[1], 1), view)];
  const fromMs = since === "" ? 0 : dayMs(since, view);
  return view.series.sessions.filter(({ startedMs }) => startedMs >= fromMs && !(startedMs >= offFromMs && startedMs < offToMs));
}

/** The first estimate with enough sessions while the vehicle's first charge is at most 60 days old; fixed from then on. */
function ownBaseline(view: VehicleView, estimate: Extract<CapacityEstimate, { kind: "ok" }>): number | null {
  const [first] = view.series.sessions;
  if (view.ownBaselineAh !== null || first === undefined || estimate.sessions < settings.of(view).baselineSessionsMin) return null;
  return view.dayEndMs - first.startedMs <= BASELINE_DAYS * 86_400_000 ? estimate.capacityAh : null;
}

function isWorn(view: VehicleView, { highAh, referenceAh }: HealthRow): boolean {
  return highAh !== null && referenceAh !== null && (100 * highAh) / referenceAh < settings.of(view).sohLimitPct;
}

/** What each method alone says, Ah. */
function opinionReadings({ opinions }: HealthRow) {
  return Object.fromEntries(opinions.map(({ method, capacityAh }) => [`${method}_ah`, rounded(capacityAh)]));
}

function wornDetection(view: VehicleView, health: HealthRow): Detection {
  const share = (ah: number | null) => (ah === null || health.referenceAh === null ? null : (100 * ah) / health.referenceAh);
  const { sohLimitPct } = settings.of(view);
  const sohPct = share(health.capacityAh);
  const first = view.series.sessions.find((session) => session.endedMs > view.dayEndMs - BASELINE_DAYS * 86_400_000);
  const history = view.health?.history ?? [];
  return {
    sourceId: ID,
    component: "battery",
    cell: null,
    severity: "warning",
    evidence: {
      value: sohPct,
      unit: "%",
      low: share(health.lowAh),
      high: share(health.highAh),
      threshold: sohLimitPct,
      from: new Date(first?.startedMs ?? view.dayStartMs).toISOString(),
      to: new Date(view.lastDataMs).toISOString(),
      samples: health.sessions,
      readings: {
        capacity_ah: health.capacityAh,
        reference_ah: health.referenceAh,
        window_ah: health.windowAh,
        sessions: health.sessions,
        accuracy_class: health.accuracyClass,
        imbalance_pct: health.imbalancePct,
        ...opinionReadings(health),
        ...peerReadings(null, null),
        reason: health.reason,
      },
      series: [
        daySeries(view, { name: "soh", unit: "%", points: [...history.map((p) => [p.day, p.sohPct] as const), [view.day, sohPct]] }),
      ],
    },
    words: {
      value: sohPct,
      low: share(health.lowAh),
      high: share(health.highAh),
      capacity: health.capacityAh,
      reference: health.referenceAh,
      sessions: health.sessions,
      threshold: sohLimitPct,
    },
  };
}
