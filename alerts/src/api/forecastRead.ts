import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import type { HealthForecast } from "./schemas.ts";

const forecastRow = TABLES.forecasts.omit({ vin: true, method: true, method_version: true, computed_at: true });

/** The vehicle's newest forecast; null before the first. */
export async function readForecast(store: ColumnStore, vin: string): Promise<HealthForecast | null> {
  const rows = await store.query(
    // FINAL: one row per week of one vehicle.
    `SELECT at, shape, peers, is_provisional, limit_kind, limit_pct, earliest_months, central_months, latest_months, horizon_months,
       soh_pct, low80_pct, high80_pct, warranty_verdict, warranty_months_left
     FROM forecasts FINAL WHERE vin = {vin: String} ORDER BY at DESC LIMIT 1`,
    forecastRow,
    { params: { vin } },
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    at: row.at,
    shape: row.shape,
    peers: row.peers,
    isProvisional: row.is_provisional,
    limits: row.limit_pct.map((sohPct, i) => ({
      kind: row.limit_kind[i] ?? "",
      sohPct,
      earliestMonths: row.earliest_months[i] ?? null,
      centralMonths: row.central_months[i] ?? null,
      latestMonths: row.latest_months[i] ?? null,
    })),
    warrantyVerdict: row.warranty_verdict,
    warrantyMonthsLeft: row.warranty_months_left,
    path: row.horizon_months.map((month, i) => ({
      month,
      sohPct: row.soh_pct[i] ?? 0,
      low80Pct: row.low80_pct[i] ?? 0,
      high80Pct: row.high80_pct[i] ?? 0,
    })),
  };
}
