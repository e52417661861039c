import { daysBetween } from "../../engine/days.ts";
import type { Detection, Detector, HealthRow, Judgement, VehicleView } from "../detector.ts";
import { type CapacityEstimate, estimateCapacity } from "./estimateCapacity.ts";

const ID = "battery-capacity";
const HEALTH_EVERY_DAYS = 7;
/** The vehicle's own beginning: its first charges up to this age make its baseline. */
const BASELINE_DAYS = 60;
const BASELINE_SESSIONS_MIN = 6;
/** Below this share of the reference a pack counts as worn; usual in warranties (70 %) plus a margin to act. */
const SOH_LIMIT_PCT = 75;
const SETTLE_MS = 600_000;

/** Present capacity and state of health from charging sessions, once a week per vehicle. */
export const capacityDetector: Detector = {
  id: ID,
  sourceIds: [ID],
  version: 1,
  clearAfterDays: 42,
  needsCells: false,
  judge(view): Judgement {
    const isDue = view.lastHealthDay === null || daysBetween(view.lastHealthDay, view.day) >= HEALTH_EVERY_DAYS;
    if (!isDue) return { detections: null, notEvaluated: null };
    const estimate = estimateCapacity(view.series.sessions, view.dayEndMs - SETTLE_MS);
    const reference = referenceOf(view);
    const health = healthRow(view, estimate, reference);
    if (estimate.kind === "not_enough_evidence") {
      return { detections: null, notEvaluated: { reason: "not_enough_evidence", samples: estimate.sessions }, health };
    }
    const detections = isWorn(health) ? [wornDetection(view, health)] : [];
    const baseline = ownBaseline(view, estimate);
    return { detections, notEvaluated: null, health, ...(baseline === null ? {} : { baselineAh: baseline }) };
  },
};

interface Reference {
  readonly ah: number;
  readonly source: string;
}

/** min(nominal, fleet median of the first 60 days) where known, else the vehicle's own first 60 days (methods 1). */
function referenceOf({ master, peerBaselineAh, ownBaselineAh }: VehicleView): Reference | null {
  const nominalAh = master?.nominalAh ?? null;
  if (nominalAh !== null && peerBaselineAh !== null && peerBaselineAh < nominalAh) {
    return { ah: peerBaselineAh, source: "median of this model's first 60 days" };
  }
  if (nominalAh !== null) return { ah: nominalAh, source: "nominal capacity" };
  if (peerBaselineAh !== null) return { ah: peerBaselineAh, source: "median of this model's first 60 days" };
  return ownBaselineAh === null ? null : { ah: ownBaselineAh, source: "this vehicle's own first 60 days" };
}

/** The first estimate with enough sessions while the vehicle's first charge is at most 60 days old; fixed from then on. */
function ownBaseline(view: VehicleView, estimate: Extract<CapacityEstimate, { kind: "ok" }>): number | null {
  const [first] = view.series.sessions;
  if (view.ownBaselineAh !== null || first === undefined || estimate.sessions < BASELINE_SESSIONS_MIN) return null;
  return view.dayEndMs - first.startedMs <= BASELINE_DAYS * 86_400_000 ? estimate.capacityAh : null;
}

function healthRow(view: VehicleView, estimate: CapacityEstimate, reference: Reference | null): HealthRow {
  const none = { capacityAh: null, lowAh: null, highAh: null, accuracyClass: "" };
  const because = reference === null ? "no reference capacity yet" : `reference: ${reference.source}`;
  const head = { at: view.day, referenceAh: reference?.ah ?? null, sessions: estimate.sessions, reason: `${estimate.reason}; ${because}` };
  if (estimate.kind === "not_enough_evidence") return { ...head, ...none, verdict: "not_enough_evidence" };
  const { capacityAh, lowAh, highAh, accuracyClass } = estimate;
  return { ...head, verdict: "ok", capacityAh, lowAh, highAh, accuracyClass };
}

function isWorn({ highAh, referenceAh }: HealthRow): boolean {
  return highAh !== null && referenceAh !== null && (100 * highAh) / referenceAh < SOH_LIMIT_PCT;
}

function wornDetection(view: VehicleView, health: HealthRow): Detection {
  const share = (ah: number | null) => (ah === null || health.referenceAh === null ? null : (100 * ah) / health.referenceAh);
  const sohPct = share(health.capacityAh);
  const first = view.series.sessions.find((session) => session.endedMs > view.dayEndMs - BASELINE_DAYS * 86_400_000);
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
      threshold: SOH_LIMIT_PCT,
      from: new Date(first?.startedMs ?? view.dayStartMs).toISOString(),
      to: new Date(view.lastDataMs).toISOString(),
      samples: health.sessions,
      readings: {
        capacity_ah: health.capacityAh,
        reference_ah: health.referenceAh,
        sessions: health.sessions,
        accuracy_class: health.accuracyClass,
        reason: health.reason,
      },
      series: [],
    },
    words: {
      value: sohPct,
      low: share(health.lowAh),
      high: share(health.highAh),
      capacity: health.capacityAh,
      reference: health.referenceAh,
      sessions: health.sessions,
      threshold: SOH_LIMIT_PCT,
    },
  };
}
