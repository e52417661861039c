import type { ForecastRow } from "../detectors/detector.ts";

/** Months ahead that are stored of a path. */
const STORED_MONTHS = [1, 2, 3, 6, 9, 12, 18, 24, 36, 48, 60];

/** A row of table `forecasts`. */
export function forecastTableRow(vin: string, method: { id: string; version: number }, row: ForecastRow, computedAtMs: number): object {
  const { at, path, limits, warranty } = row;
  const stored = STORED_MONTHS.flatMap((month) => {
    const value = path.months[month - 1];
    return value === undefined ? [] : [{ month, ...value }];
  });
  return {
    vin,
    at,
    method: method.id,
    method_version: method.version,
    shape: path.shape,
    peers: path.peers,
    is_provisional: path.isProvisional,
    limit_kind: limits.map(({ kind }) => kind),
    limit_pct: limits.map(({ sohPct }) => sohPct),
    earliest_months: limits.map(({ crossing }) => crossing.earliest),
    central_months: limits.map(({ crossing }) => crossing.central),
    latest_months: limits.map(({ crossing }) => crossing.latest),
    warranty_verdict: warranty?.verdict ?? "",
    warranty_months_left: warranty?.monthsLeft ?? null,
    horizon_months: stored.map(({ month }) => month),
    soh_pct: stored.map(({ sohPct }) => sohPct),
    low80_pct: stored.map(({ low80Pct }) => low80Pct),
    high80_pct: stored.map(({ high80Pct }) => high80Pct),
    computed_at: new Date(computedAtMs).toISOString(),
  };
}
