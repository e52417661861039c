import type { Day } from "../engine/days.ts";

/** A row of table `data_quality`, without the vehicle: one per week, written anew with every day of it. */
export interface QualityRow {
  /** Its Monday. */
  readonly week: Day;
  readonly days: number;
  /** Shares that were seen; null where there was nothing to see. */
  readonly drivingCoverage: number | null;
  readonly chargingCoverage: number | null;
  readonly intervalS: number | null;
  readonly problems: readonly string[];
}

/** A row of table `data_quality`. */
export function qualityTableRow(vin: string, row: QualityRow, computedAtMs: number): object {
  const { week, days, drivingCoverage, chargingCoverage, intervalS, problems } = row;
  const shares = { driving_coverage: drivingCoverage, charging_coverage: chargingCoverage, interval_s: intervalS };
  return { vin, week, days, ...shares, problems, computed_at: new Date(computedAtMs).toISOString() };
}
