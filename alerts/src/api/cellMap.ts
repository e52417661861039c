import type { ColumnStore } from "@bellwether/clickhouse/store";
import { TABLES } from "@bellwether/clickhouse/tables";
import type { z } from "zod";
import type { CellMap } from "./schemas.ts";

const dayRow = TABLES.cell_daily.pick({ day: true, samples: true, cells: true, deviation_mean_v: true });
export type CellDay = z.infer<typeof dayRow>;

/** Deviation of each cell from the pack's median per day, of the last `days` days the vehicle has cell data for. */
export async function readCellMap(store: ColumnStore, vin: string, days: number): Promise<CellMap> {
  const rows = await store.query(
    // FINAL: at most three rows per day of one vehicle.
    `SELECT day, samples, cells, deviation_mean_v FROM cell_daily FINAL
     WHERE vin = {vin: String} AND day > (SELECT max(day) FROM cell_daily WHERE vin = {vin: String}) - {days: UInt32}
     ORDER BY day, load`,
    dayRow,
    { params: { vin, days } },
  );
  return { vin, cells: Math.max(0, ...rows.map(({ cells }) => cells)), days: mergeLoads(rows) };
}

/**
 * One row per day out of up to three (rest, charge, drive): each cell's mean weighted by the samples of the row, in mV with
 * two decimals; null where no row has a usable value. Rows sorted by day.
 */
export function mergeLoads(rows: readonly CellDay[]): CellMap["days"] {
  const byDay = new Map<string, CellDay[]>();
  for (const row of rows) byDay.set(row.day, [...(byDay.get(row.day) ?? []), row]);
  return [...byDay].map(([day, parts]) => ({
    day,
    samples: parts.reduce((sum, { samples }) => sum + samples, 0),
    deviationMv: Array.from({ length: Math.max(...parts.map((part) => part.deviation_mean_v.length)) }, (_, cell) => meanMv(parts, cell)),
  }));
}

function meanMv(parts: readonly CellDay[], cell: number): number | null {
  let weight = 0;
  let sum = 0;
  for (const { samples, deviation_mean_v } of parts) {
    const deviationV = deviation_mean_v[cell] ?? null;
    if (deviationV === null) continue;
    weight += samples;
    sum += samples * deviationV;
  }
  return weight === 0 ? null : Math.round((sum / weight) * 100_000) / 100;
}
