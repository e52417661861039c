import { z } from "zod";
import { CELL_LOADS, type CellDay } from "./cellDaily.ts";
import type { ChargingSession } from "./chargingSession.ts";
import type { DayFeatures } from "./family.ts";

const numbers = z.custom<readonly number[]>(Array.isArray);
const nullables = z.custom<readonly (number | null)[]>(Array.isArray);
const flags = z.custom<readonly boolean[]>(Array.isArray);
export const cellRow = z.object({
  vin: z.string(),
  day: z.string(),
  load: z.enum(CELL_LOADS),
  samples: z.number(),
  cells: z.number(),
  deviation_mean_mv: nullables,
  deviation_sd_mv: nullables,
  deviation_min_mv: nullables,
  excess_resistance_mohm: nullables,
  lowest: numbers,
  usable: numbers,
  implausible: numbers,
  stuck: flags,
  current_mean_a: z.number().nullable(),
  current_sd_a: z.number().nullable(),
  soc_mean_pct: z.number().nullable(),
});
export const sessionRow = z.object({
  vin: z.string(),
  started_ms: z.number(),
  ended_ms: z.number(),
  tick_soc_pct: z.number(),
  tick_charge_ah: z.number(),
  max_gap_s: z.number(),
  samples: z.number(),
  temp_mean_c: z.number().nullable(),
  is_dc: z.boolean(),
  current_mean_a: z.number(),
  mean_v: z.number().nullable(),
  tick_from_pct: z.number().nullable(),
  tick_socs: numbers,
  tick_ahs: numbers,
  tick_pack_v: numbers,
});
export const familyRow = z.object({
  vin: z.string(),
  day: z.string(),
  family: z.string(),
  samples: z.number(),
  names: z.array(z.string()),
  numbers: z.array(z.number()),
});

// Only slow and not too narrow charges are looked at step by step: the others' steps stay in the table.
const CURVE = (column: string) => `if(is_dc OR tick_soc_pct < 30 OR arrayMin(tick_pack_v) < 60, [], ${column}) AS ${column}`;
const MILLI = (column: string) => `arrayMap(x -> round(x * 1000, 4), ${column})`;
// FINAL: a recomputed day replaces its row; it reads the few rows of the named vehicles only.
// Arrays that say the usual thing (every reading usable, none implausible, nothing stuck) travel as [].
export const CELL_ROWS_SQL = `
  SELECT vin, day, load, samples, cells, ${MILLI("deviation_mean_v")} AS deviation_mean_mv, ${MILLI("deviation_sd_v")} AS deviation_sd_mv,
    ${MILLI("deviation_min_v")} AS deviation_min_mv, ${MILLI("excess_resistance_ohm")} AS excess_resistance_mohm, lowest,
    if(arrayMin(usable) = samples, [], usable) AS usable,
    if(arrayMax(implausible) = 0, [], implausible) AS implausible, if(has(stuck, true), stuck, []) AS stuck, current_mean_a, current_sd_a, soc_mean_pct
  FROM cell_daily FINAL WHERE vin IN {vins:Array(String)}`;
// `s.` because the bare name is the array shortened below, empty for fast and narrow charges.
export const SESSION_ROWS_SQL = `
  SELECT vin, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms, tick_soc_pct, tick_charge_ah,
    max_gap_s, samples, temp_mean_c, is_dc, current_mean_a, if(charge_ah > 0 AND energy_kwh > 0, 1000 * energy_kwh / charge_ah, NULL) AS mean_v, if(empty(s.tick_socs), NULL, s.tick_socs[1]) AS tick_from_pct,
    ${CURVE("tick_socs")}, ${CURVE("tick_ahs")}, ${CURVE("tick_pack_v")}
  FROM charging_sessions AS s FINAL WHERE vin IN {vins:Array(String)} AND started_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  ORDER BY vin, started_at`;

// FINAL: as above.
export const FAMILY_ROWS_SQL = `
  SELECT vin, day, family, samples, mapKeys(features) AS names, mapValues(features) AS numbers
  FROM daily_features FINAL WHERE vin IN {vins:Array(String)}`;

export function toCellDay(row: z.infer<typeof cellRow>): CellDay {
  return {
    day: row.day,
    load: row.load,
    samples: row.samples,
    cells: row.cells,
    deviationMeanMv: row.deviation_mean_mv,
    deviationSdMv: row.deviation_sd_mv,
    deviationMinMv: row.deviation_min_mv,
    excessResistanceMohm: row.excess_resistance_mohm,
    lowest: row.lowest,
    usable: row.usable.length > 0 ? row.usable : constant(row.cells, row.samples),
    implausible: row.implausible.length > 0 ? row.implausible : constant(row.cells, 0),
    stuck: row.stuck.length > 0 ? row.stuck : constant(row.cells, false),
    currentMeanA: row.current_mean_a,
    currentSdA: row.current_sd_a,
    socMeanPct: row.soc_mean_pct,
  };
}

function constant<T>(length: number, value: T): readonly T[] {
  return Array.from({ length }, () => value);
}

export function toSession(row: z.infer<typeof sessionRow>): ChargingSession {
  return {
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    tickSocPct: row.tick_soc_pct,
    tickChargeAh: row.tick_charge_ah,
    maxGapS: row.max_gap_s,
    samples: row.samples,
    tempMeanC: row.temp_mean_c,
    isDc: row.is_dc,
    currentMeanA: row.current_mean_a,
    ...(row.mean_v === null ? {} : { meanV: row.mean_v }),
    ...(row.tick_from_pct === null ? {} : { tickFromPct: row.tick_from_pct }),
    ...(row.tick_socs.length === 0 ? {} : { curve: { socPct: row.tick_socs, chargeAh: row.tick_ahs, packV: row.tick_pack_v } }),
  };
}

export function toDayFeatures({ day, samples, names, numbers }: z.infer<typeof familyRow>): DayFeatures {
  return { day, samples, values: Object.fromEntries(names.map((name, i) => [name, numbers[i] ?? 0])) };
}
