import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { Day } from "./days.ts";
import { isIn, type LandedRange } from "./landed.ts";

/** What one step brought for one vehicle. */
export interface Touched {
  readonly vin: string;
  readonly rows: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly days: readonly Day[];
}

const touchedRow = z.object({ vin: z.string(), rows: z.number(), min_ms: z.number(), max_ms: z.number(), days: z.array(z.string()) });

/** The vehicles and days of the landed ranges with reports, and with trouble codes that came alone. */
export interface TouchedVehicles {
  readonly reports: ReadonlyMap<string, Touched>;
  readonly codes: readonly Touched[];
}

/** What the landed ranges brought. Times from the ledger bound the scans to the months concerned. */
export async function readTouched(store: ColumnStore, ranges: readonly LandedRange[], offsetMinutes: number): Promise<TouchedVehicles> {
  const reports = await readTable(store, "telemetry", ranges, offsetMinutes);
  // Every report has a row in telemetry but those of codes alone; most steps have none of these.
  const seen = reports.reduce((sum, { rows }) => sum + rows, 0);
  const landed = ranges.reduce((sum, { samples }) => sum + samples, 0);
  const codes = seen < landed ? await readTable(store, "dtc_events", ranges, offsetMinutes) : [];
  return { reports: new Map(reports.map((row) => [row.vin, row])), codes };
}

async function readTable(
  store: ColumnStore,
  table: "telemetry" | "dtc_events",
  ranges: readonly LandedRange[],
  offsetMinutes: number,
): Promise<Touched[]> {
  const times = ranges.flatMap(({ minEventMs, maxEventMs }) => [minEventMs, maxEventMs]).filter((ms) => ms !== null);
  if (times.length === 0) return [];
  const rows = await store.query(
    `SELECT vin, count() AS rows, min(toUnixTimestamp64Milli(event_time)) AS min_ms, max(toUnixTimestamp64Milli(event_time)) AS max_ms,
       arraySort(groupUniqArray(toDate(event_time + toIntervalMinute(${offsetMinutes})))) AS days
     FROM ${table}
     WHERE event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       AND ${isIn(ranges)}
     GROUP BY vin ORDER BY vin`,
    touchedRow,
    { params: { from: Math.min(...times), to: Math.max(...times) } },
  );
  return rows.map(({ vin, rows: count, min_ms: minMs, max_ms: maxMs, days }) => ({ vin, rows: count, minMs, maxMs, days }));
}
