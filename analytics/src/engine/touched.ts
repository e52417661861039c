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

/** The vehicles and days of the landed ranges. Times from the ledger bound the scan to the months concerned. */
export async function readTouched(
  store: ColumnStore,
  ranges: readonly LandedRange[],
  offsetMinutes: number,
): Promise<ReadonlyMap<string, Touched>> {
  const times = ranges.flatMap(({ minEventMs, maxEventMs }) => [minEventMs, maxEventMs]).filter((ms) => ms !== null);
  if (times.length === 0) return new Map();
  const rows = await store.query(
    `SELECT vin, count() AS rows, min(toUnixTimestamp64Milli(event_time)) AS min_ms, max(toUnixTimestamp64Milli(event_time)) AS max_ms,
       arraySort(groupUniqArray(toDate(event_time + toIntervalMinute(${offsetMinutes})))) AS days
     FROM telemetry
     WHERE event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time <= fromUnixTimestamp64Milli({to:Int64}, 'UTC')
       AND ${isIn(ranges)}
     GROUP BY vin ORDER BY vin`,
    touchedRow,
    { params: { from: Math.min(...times), to: Math.max(...times) } },
  );
  return new Map(rows.map((row) => [row.vin, { vin: row.vin, rows: row.rows, minMs: row.min_ms, maxMs: row.max_ms, days: row.days }]));
}
