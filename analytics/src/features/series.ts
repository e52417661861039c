import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { chunksOf } from "../engine/chunks.ts";
import { addDays, type Day } from "../engine/days.ts";
import { CELL_LOADS, type CellDay } from "./cellDaily.ts";
import type { ChargingSession } from "./chargingSession.ts";
import { PAIRS_SQL, pairParams, type VehicleDay } from "./vehicleDays.ts";

/** A vehicle's features as detectors read them: sorted by time, bounded. */
export interface VehicleSeries {
  readonly cellDays: readonly CellDay[];
  readonly sessions: readonly ChargingSession[];
}

/** Days of cell features kept per vehicle, besides its first ones, which are its baseline. */
export const CELL_DAYS_KEPT = 60;
export const BASELINE_DAYS_KEPT = 10;
/** Charging sessions kept per vehicle, by age. */
export const SESSION_DAYS_KEPT = 180;
/** Vehicles kept in memory (about 0.5 MB each); the others are read again when their next day closes. */
const VEHICLES_KEPT = 1000;
const VEHICLES_PER_READ = 100;

const numbers = z.custom<readonly number[]>(Array.isArray);
const nullables = z.custom<readonly (number | null)[]>(Array.isArray);
const flags = z.custom<readonly boolean[]>(Array.isArray);
const cellRow = z.object({
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
const sessionRow = z.object({
  vin: z.string(),
  started_ms: z.number(),
  ended_ms: z.number(),
  tick_soc_pct: z.number(),
  tick_charge_ah: z.number(),
  max_gap_s: z.number(),
  samples: z.number(),
  temp_mean_c: z.number().nullable(),
  is_dc: z.boolean(),
});

const MILLI = (column: string) => `arrayMap(x -> round(x * 1000, 4), ${column})`;
// FINAL: a recomputed day replaces its row; it reads the few rows of the named vehicles only.
// Arrays that say the usual thing (every reading usable, none implausible, nothing stuck) travel as [].
const CELL_ROWS_SQL = `
  SELECT vin, day, load, samples, cells, ${MILLI("deviation_mean_v")} AS deviation_mean_mv, ${MILLI("deviation_sd_v")} AS deviation_sd_mv,
    ${MILLI("deviation_min_v")} AS deviation_min_mv, ${MILLI("excess_resistance_ohm")} AS excess_resistance_mohm, lowest,
    if(arrayMin(usable) = samples, [], usable) AS usable,
    if(arrayMax(implausible) = 0, [], implausible) AS implausible, if(has(stuck, true), stuck, []) AS stuck, current_mean_a, current_sd_a, soc_mean_pct
  FROM cell_daily FINAL WHERE vin IN {vins:Array(String)}`;
const SESSION_ROWS_SQL = `
  SELECT vin, toUnixTimestamp64Milli(started_at) AS started_ms, toUnixTimestamp64Milli(ended_at) AS ended_ms, tick_soc_pct, tick_charge_ah,
    max_gap_s, samples, temp_mean_c, is_dc
  FROM charging_sessions FINAL WHERE vin IN {vins:Array(String)} AND started_at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  ORDER BY vin, started_at`;

export interface SeriesCache {
  /** Brings the series of the closing vehicles up to date: reads whole series once, then only what was just computed. */
  refresh(days: readonly VehicleDay[], sessionsSinceMs: number): Promise<void>;
  of(vin: string): VehicleSeries;
}

interface Entry {
  cellDays: CellDay[];
  sessions: ChargingSession[];
}

/** Feature series of recently active vehicles in memory, filled from the store. */
export function createSeriesCache(store: ColumnStore): SeriesCache {
  const entries = new Map<string, Entry>();

  async function readWhole(vins: readonly string[], from: Day): Promise<void> {
    for (const chunk of chunksOf(vins, VEHICLES_PER_READ)) {
      for (const vin of chunk) entries.set(vin, { cellDays: [], sessions: [] });
      const params = { vins: chunk, from, fromMs: Date.parse(from) };
      addCells(await store.query(`${CELL_ROWS_SQL} AND day > {from:Date}`, cellRow, { params }));
      addCells(await store.query(`${CELL_ROWS_SQL} ORDER BY vin, day, load LIMIT ${BASELINE_DAYS_KEPT * 3} BY vin`, cellRow, { params }));
      const sessionsFrom = Date.parse(addDays(from, CELL_DAYS_KEPT - SESSION_DAYS_KEPT));
      addSessions(await store.query(SESSION_ROWS_SQL, sessionRow, { params: { vins: chunk, from: sessionsFrom } }));
    }
  }

  function addCells(rows: readonly z.infer<typeof cellRow>[]): void {
    for (const row of rows) {
      const entry = entries.get(row.vin);
      if (entry !== undefined) replaceOrAdd(entry.cellDays, toCellDay(row), (a, b) => a.day === b.day && a.load === b.load);
    }
  }

  function addSessions(rows: readonly z.infer<typeof sessionRow>[]): void {
    for (const row of rows) {
      const entry = entries.get(row.vin);
      if (entry !== undefined) replaceOrAdd(entry.sessions, toSession(row), (a, b) => a.startedMs === b.startedMs);
    }
  }

  return {
    async refresh(days, sessionsSinceMs) {
      const vins = [...new Set(days.map((pair) => pair.vin))];
      // Days are judged from the first closing one on, and each looks back the same span, however many close at once.
      const earliest = days.map((pair) => pair.day).sort()[0] ?? "1970-01-01";
      const known = vins.filter((vin) => entries.has(vin));
      await readWhole(
        vins.filter((vin) => !entries.has(vin)),
        addDays(earliest, -CELL_DAYS_KEPT),
      );
      if (known.length > 0) {
        const pairs = pairParams(days.filter((pair) => known.includes(pair.vin)));
        const [cells, sessions] = await Promise.all([
          store.query(`${CELL_ROWS_SQL} AND (vin, day) IN ${PAIRS_SQL}`, cellRow, { params: pairs }),
          store.query(SESSION_ROWS_SQL, sessionRow, { params: { vins: known, from: sessionsSinceMs } }),
        ]);
        addCells(cells);
        addSessions(sessions);
      }
      for (const vin of vins) tidy(entries, vin, earliest);
      for (const vin of [...entries.keys()].slice(0, Math.max(0, entries.size - VEHICLES_KEPT))) entries.delete(vin);
    },
    of: (vin) => entries.get(vin) ?? { cellDays: [], sessions: [] },
  };
}

/** Sorts, forgets what is too old, and marks the vehicle as recently used. */
function tidy(entries: Map<string, Entry>, vin: string, earliest: Day): void {
  const entry = entries.get(vin);
  if (entry === undefined) return;
  entries.delete(vin);
  const sorted = entry.cellDays.sort(byDayAndLoad);
  const isBaseline = firstDays(sorted, BASELINE_DAYS_KEPT);
  const oldest = addDays(earliest, -CELL_DAYS_KEPT);
  const oldestSessionMs = Date.parse(addDays(earliest, -SESSION_DAYS_KEPT));
  entries.set(vin, {
    cellDays: sorted.filter((row) => row.day > oldest || isBaseline(row.day)),
    sessions: entry.sessions.filter((session) => session.startedMs >= oldestSessionMs).sort((a, b) => a.startedMs - b.startedMs),
  });
}

function byDayAndLoad(a: CellDay, b: CellDay): number {
  if (a.day !== b.day) return a.day < b.day ? -1 : 1;
  return CELL_LOADS.indexOf(a.load) - CELL_LOADS.indexOf(b.load);
}

/** Whether a day is among the first `count` of rows sorted by day. */
export function firstDays(rows: readonly { readonly day: Day }[], count: number): (day: Day) => boolean {
  let through = "";
  let found = 0;
  for (const { day } of rows) {
    if (day === through) continue;
    if (found === count) break;
    found += 1;
    through = day;
  }
  return (day) => day <= through;
}

function replaceOrAdd<T>(list: T[], item: T, isSame: (a: T, b: T) => boolean): void {
  // What is replaced is recent: it is found at once from the end.
  const index = list.findLastIndex((other) => isSame(other, item));
  if (index < 0) list.push(item);
  else list[index] = item;
}

function toCellDay(row: z.infer<typeof cellRow>): CellDay {
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

function toSession(row: z.infer<typeof sessionRow>): ChargingSession {
  return {
    startedMs: row.started_ms,
    endedMs: row.ended_ms,
    tickSocPct: row.tick_soc_pct,
    tickChargeAh: row.tick_charge_ah,
    maxGapS: row.max_gap_s,
    samples: row.samples,
    tempMeanC: row.temp_mean_c,
    isDc: row.is_dc,
  };
}
