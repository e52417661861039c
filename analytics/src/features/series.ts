import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { z } from "zod";
import { chunksOf } from "../engine/chunks.ts";
import { addDays, type Day } from "../engine/days.ts";
import { CELL_LOADS, type CellDay } from "./cellDaily.ts";
import type { ChargingSession } from "./chargingSession.ts";
import type { DayFeatures } from "./family.ts";
import {
  CELL_ROWS_SQL,
  cellRow,
  FAMILY_ROWS_SQL,
  familyRow,
  SESSION_ROWS_SQL,
  sessionRow,
  toCellDay,
  toDayFeatures,
  toSession,
} from "./seriesRows.ts";
import { PAIRS_SQL, pairParams, type VehicleDay } from "./vehicleDays.ts";

/** A vehicle's features as detectors read them: sorted by time, bounded. */
export interface VehicleSeries {
  readonly cellDays: readonly CellDay[];
  readonly sessions: readonly ChargingSession[];
  /** By family id (`families.ts`); an absent family has no day. */
  readonly daily: Readonly<Record<string, readonly DayFeatures[]>>;
}

const NOTHING: VehicleSeries = { cellDays: [], sessions: [], daily: {} };

/** Days of cell features kept per vehicle, besides its first ones, which are its baseline. */
export const CELL_DAYS_KEPT = 60;
export const BASELINE_DAYS_KEPT = 10;
/** Days of each feature family kept per vehicle, besides its first ones. */
const FAMILY_DAYS_KEPT = 120;
const FAMILY_BASELINE_DAYS_KEPT = 30;
/** Families whose few days tell of years: tyres last three of them. */
const LONG_FAMILIES: ReadonlyMap<string, number> = new Map([["rolling", 1100]]);
const LONGEST_DAYS_KEPT = Math.max(...LONG_FAMILIES.values());
/** Charging sessions kept per vehicle, by age. */
export const SESSION_DAYS_KEPT = 180;
/** Vehicles kept in memory (about 0.5 MB each); the others are read again when their next day closes. */
const VEHICLES_KEPT = 1000;
const VEHICLES_PER_READ = 100;

export interface SeriesCache {
  /** Brings the series of the closing vehicles up to date: reads whole series once, then only what was just computed. */
  refresh(days: readonly VehicleDay[], sessionsSinceMs: number): Promise<void>;
  of(vin: string): VehicleSeries;
}

interface Entry {
  cellDays: CellDay[];
  sessions: ChargingSession[];
  daily: Record<string, DayFeatures[]>;
}

/** Feature series of recently active vehicles in memory, filled from the store. */
export function createSeriesCache(store: ColumnStore): SeriesCache {
  const entries = new Map<string, Entry>();

  async function readWhole(vins: readonly string[], from: Day): Promise<void> {
    for (const chunk of chunksOf(vins, VEHICLES_PER_READ)) {
      for (const vin of chunk) entries.set(vin, { cellDays: [], sessions: [], daily: {} });
      const params = { vins: chunk, from, fromMs: Date.parse(from) };
      addCells(await store.query(`${CELL_ROWS_SQL} AND day > {from:Date}`, cellRow, { params }));
      addCells(await store.query(`${CELL_ROWS_SQL} ORDER BY vin, day, load LIMIT ${BASELINE_DAYS_KEPT * 3} BY vin`, cellRow, { params }));
      const sessionsFrom = Date.parse(addDays(from, CELL_DAYS_KEPT - SESSION_DAYS_KEPT));
      addSessions(await store.query(SESSION_ROWS_SQL, sessionRow, { params: { vins: chunk, from: sessionsFrom } }));
      const longParams = { long: [...LONG_FAMILIES.keys()], longFrom: addDays(from, CELL_DAYS_KEPT - LONGEST_DAYS_KEPT) };
      const familyParams = { vins: chunk, from: addDays(from, CELL_DAYS_KEPT - FAMILY_DAYS_KEPT), ...longParams };
      const isKept = "day > {from:Date} OR day > {longFrom:Date} AND family IN {long:Array(String)}";
      addFamilies(await store.query(`${FAMILY_ROWS_SQL} AND (${isKept})`, familyRow, { params: familyParams }));
      const firstFamilies = `${FAMILY_ROWS_SQL} ORDER BY vin, family, day LIMIT ${FAMILY_BASELINE_DAYS_KEPT} BY vin, family`;
      addFamilies(await store.query(firstFamilies, familyRow, { params: familyParams }));
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

  function addFamilies(rows: readonly z.infer<typeof familyRow>[]): void {
    for (const row of rows) {
      const entry = entries.get(row.vin);
      if (entry === undefined) continue;
      const days = entry.daily[row.family] ?? [];
      replaceOrAdd(days, toDayFeatures(row), (a, b) => a.day === b.day);
      entry.daily[row.family] = days;
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
        const [cells, families, sessions] = await Promise.all([
          store.query(`${CELL_ROWS_SQL} AND (vin, day) IN ${PAIRS_SQL}`, cellRow, { params: pairs }),
          store.query(`${FAMILY_ROWS_SQL} AND (vin, day) IN ${PAIRS_SQL}`, familyRow, { params: pairs }),
          store.query(SESSION_ROWS_SQL, sessionRow, { params: { vins: known, from: sessionsSinceMs } }),
        ]);
        addCells(cells);
        addFamilies(families);
        addSessions(sessions);
      }
      for (const vin of vins) tidy(entries, vin, earliest);
      for (const vin of [...entries.keys()].slice(0, Math.max(0, entries.size - VEHICLES_KEPT))) entries.delete(vin);
    },
    of: (vin) => entries.get(vin) ?? NOTHING,
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
    daily: Object.fromEntries(Object.entries(entry.daily).map(([family, days]) => [family, keptDays(family, days.sort(byDay), earliest)])),
  });
}

/** Of a family's sorted days: its first ones, and the latest up to as many before `day` as are kept of it. */
export function keptDays(family: string, days: readonly DayFeatures[], day: Day): DayFeatures[] {
  const oldest = addDays(day, -(LONG_FAMILIES.get(family) ?? FAMILY_DAYS_KEPT));
  return days.filter((row, i) => row.day > oldest || i < FAMILY_BASELINE_DAYS_KEPT);
}

function byDay(a: { readonly day: Day }, b: { readonly day: Day }): number {
  if (a.day === b.day) return 0;
  return a.day < b.day ? -1 : 1;
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
