import type { HealthState } from "../../engine/state.ts";
import type { VehicleView } from "../detector.ts";

export interface Reference {
  readonly ah: number;
  readonly source: string;
}

/**
 * What 100 % means: min(nominal, fleet median of the first 60 days) where known, else the vehicle's own first 60 days (methods 1).
 * Once a vehicle has a reference of a kind it keeps the number, so that its state of health does not move with other vehicles.
 */
export function referenceOf(view: VehicleView): Reference | null {
  const found = present(view);
  const kept = view.health;
  return found !== null && kept !== null && kept.referenceSource === found.source ? { ah: kept.referenceAh, source: found.source } : found;
}

function present({ master, peerBaselineAh, ownBaselineAh }: VehicleView): Reference | null {
  const nominalAh = master?.nominalAh ?? null;
  if (nominalAh !== null && peerBaselineAh !== null && peerBaselineAh < nominalAh) {
    return { ah: peerBaselineAh, source: "median of this model's first 60 days" };
  }
  if (nominalAh !== null) return { ah: nominalAh, source: "nominal capacity" };
  if (peerBaselineAh !== null) return { ah: peerBaselineAh, source: "median of this model's first 60 days" };
  return ownBaselineAh === null ? null : { ah: ownBaselineAh, source: "this vehicle's own first 60 days" };
}

/** The same past in points of another reference: capacities stay what they were. */
export function rescaled(health: HealthState, reference: Reference): HealthState {
  const ratio = health.referenceAh / reference.ah;
  const { track, history } = health;
  return {
    ...health,
    referenceAh: reference.ah,
    referenceSource: reference.source,
    track: {
      ...track,
      levelPct: ratio * track.levelPct,
      slopePctPerWeek: ratio * track.slopePctPerWeek,
      levelVariance: ratio ** 2 * track.levelVariance,
      covariance: ratio ** 2 * track.covariance,
      slopeVariance: ratio ** 2 * track.slopeVariance,
      shownPct: ratio * track.shownPct,
      shownSdPct: ratio * track.shownSdPct,
    },
    history: history.map((point) => ({ ...point, sohPct: ratio * point.sohPct })),
  };
}
