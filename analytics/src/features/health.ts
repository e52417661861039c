import type { HealthRow } from "../detectors/detector.ts";

/** What an older version of the method had said for the same day. */
export interface PreviousHealth {
  readonly sohPct: number | null;
  readonly version: number;
}

/** A row of table `health`: state of health is capacity over reference, in %. */
export function healthTableRow(
  vin: string,
  method: { id: string; version: number },
  row: HealthRow,
  computedAtMs: number,
  previous?: PreviousHealth,
): object {
  const share = (ah: number | null) => (ah === null || row.referenceAh === null ? null : (100 * ah) / row.referenceAh);
  return {
    vin,
    at: row.at,
    method: method.id,
    method_version: method.version,
    verdict: row.verdict,
    capacity_ah: row.capacityAh,
    capacity_kwh: row.capacityKwh,
    low_ah: row.lowAh,
    high_ah: row.highAh,
    soh_pct: share(row.capacityAh),
    soh_low_pct: share(row.lowAh),
    soh_high_pct: share(row.highAh),
    reference_ah: row.referenceAh,
    sessions: row.sessions,
    accuracy_class: row.accuracyClass,
    reason: row.reason,
    cause: row.cause,
    window_ah: row.windowAh,
    opinion_method: row.opinions.map(({ method }) => method),
    opinion_ah: row.opinions.map(({ capacityAh }) => capacityAh),
    opinion_weight: row.opinions.map(({ weight }) => weight),
    imbalance_pct: row.imbalancePct,
    previous_soh_pct: previous?.sohPct ?? null,
    previous_version: previous?.version ?? 0,
    computed_at: new Date(computedAtMs).toISOString(),
  };
}
