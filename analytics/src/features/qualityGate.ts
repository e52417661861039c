import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { NO_JIT } from "../engine/settings.ts";
import { NOT_SPLIT_SQL } from "./family.ts";
import { isAmongSql, pairParams, type VehicleDay } from "./vehicleDays.ts";

/** Why a vehicle's day is not used for its cells (methods 0.2). A failed gate yields 'not evaluated', never an alarm. */
export const GATE_REASONS = [
  "no_cells",
  "no_current",
  "split_cells",
  "cell_count_differs",
  "pack_voltage_disagrees",
  "extremes_disagree",
] as const;
export type GateReason = (typeof GATE_REASONS)[number];

export interface GateResult extends VehicleDay {
  readonly reason: GateReason | null;
  /** Rows of the day, and when its last one was. */
  readonly samples: number;
  readonly lastMs: number;
}

export interface GateLimits {
  /** Most the median of |sum of cells / pack voltage - 1| may be. Methods 0.2 says 1 %; a real car (ev-cell-faults 2) sits at a constant 1.1 %. */
  readonly sumMismatchMax: number;
  /** Least share of rows in which the reported lowest cell is the lowest of the array, within 5 mV. */
  readonly extremesAgreeMin: number;
}

export const GATE_LIMITS: GateLimits = { sumMismatchMax: 0.03, extremesAgreeMin: 0.5 };

const gateRow = z.object({
  vin: z.string(),
  day: z.string(),
  rows: z.number(),
  last_ms: z.number(),
  cell_rows: z.number(),
  split_rows: z.number(),
  current_rows: z.number(),
  cells: z.number(),
  expected_cells: z.number().nullable(),
  sum_mismatch: z.number().nullable(),
  extremes_agree: z.number().nullable(),
});

/** Judges the data of each vehicle-day before anything is concluded from it. */
export async function gateDays(
  store: ColumnStore,
  days: readonly VehicleDay[],
  scope: { readonly offsetMinutes: number; readonly fromMs: number; readonly toMs: number; readonly rowFilter: string },
): Promise<readonly GateResult[]> {
  const day = `toDate(event_time + toIntervalMinute(${scope.offsetMinutes}))`;
  const sum = "arraySum(arrayMap(x -> ifNull(x, 0), cell_voltages_v))";
  const isWhole = "arrayCount(x -> isNull(x), cell_voltages_v) = 0 AND length(cell_voltages_v) > 0 AND pack_voltage_v > 0";
  const rows = await store.query(
    `SELECT vin, ${day} AS day, count() AS rows, toUnixTimestamp64Milli(max(event_time)) AS last_ms,
       countIf(length(cell_voltages_v) > 0) AS cell_rows, countIf(NOT ${NOT_SPLIT_SQL}) AS split_rows,
       countIf(isNotNull(pack_current_a)) AS current_rows, max(length(cell_voltages_v)) AS cells, any(expected) AS expected_cells,
       medianIf(abs(${sum} / pack_voltage_v - 1), ${isWhole}) AS sum_mismatch,
       avgIf(abs(cell_voltages_v[cell_voltage_min_index] - cell_voltage_min_v) <= 0.005,
         cell_voltage_min_index BETWEEN 1 AND length(cell_voltages_v) AND isNotNull(cell_voltage_min_v)) AS extremes_agree
     FROM telemetry
     LEFT ANY JOIN (
       SELECT vin, argMax(cells, revision) AS expected FROM vehicles WHERE vin IN {vins:Array(String)} GROUP BY vin
     ) AS master USING (vin)
     WHERE vin IN {vins:Array(String)} AND ${isAmongSql(days, day)} AND ${scope.rowFilter}
       AND event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')
     GROUP BY vin, day`,
    gateRow,
    { params: { ...pairParams(days), from: scope.fromMs, to: scope.toMs }, settings: NO_JIT },
  );
  return rows.map((row) => ({ vin: row.vin, day: row.day, samples: row.rows, lastMs: row.last_ms, reason: judge(row, GATE_LIMITS) }));
}

function judge(row: z.infer<typeof gateRow>, limits: GateLimits): GateReason | null {
  if (row.cell_rows === 0) return "no_cells";
  if (row.split_rows > row.cell_rows / 2) return "split_cells";
  if (row.current_rows === 0) return "no_current";
  if (row.expected_cells !== null && row.expected_cells > 0 && row.cells !== row.expected_cells) return "cell_count_differs";
  if (row.sum_mismatch !== null && row.sum_mismatch > limits.sumMismatchMax) return "pack_voltage_disagrees";
  if (row.extremes_agree !== null && row.extremes_agree < limits.extremesAgreeMin) return "extremes_disagree";
  return null;
}
