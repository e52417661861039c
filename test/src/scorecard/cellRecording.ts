/**
 * Reads a recorded CSV (plain or gzipped) with one voltage column per cell straight into daily cell roll-ups, without a
 * database: for the scorecard and for research. Constant memory in rows. The files used have no quoted fields.
 */
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import type { CellDay } from "@bellwether/analytics/features/cellDaily";
import { type CellRow, createCellRollUp } from "@bellwether/analytics/features/rollUpCellDays";
import { textOf } from "./recordedText.ts";

/** How one kind of file becomes rows. `fields` are the header's names; the reader is made once per file. */
type RowReader = (fields: readonly string[]) => (values: readonly string[]) => (CellRow & { readonly timeMs: number }) | null;

/**
 * Daily roll-ups of a recording, sorted. Rows with a time already seen and lines of another length are skipped; `keep` thins the sampling (research).
 * Throws what the file system or gunzip throws.
 */
export async function readCellDays(file: string, reader: RowReader, keep: (timeMs: number) => boolean = () => true): Promise<CellDay[]> {
  const rollUp = createCellRollUp();
  const seen = new Set<number>();
  let header: { readonly length: number; readonly toRow: ReturnType<RowReader> } | null = null;
  for await (const line of createInterface({ input: Readable.from(textOf(file)), crlfDelay: Number.POSITIVE_INFINITY })) {
    const values = line.replace(/^\uFEFF/, "").split(",");
    if (header === null) {
      header = { length: values.length, toRow: reader(values.map((name) => name.trim())) };
      continue;
    }
    // A line that was cut off would end in a number that lost its last digits.
    const row = values.length === header.length ? header.toRow(values) : null;
    if (row === null || seen.has(row.timeMs) || !keep(row.timeMs)) continue;
    seen.add(row.timeMs);
    rollUp.add(row);
  }
  return rollUp.days();
}

/**
 * Columns of ev-cell-faults: T-box export, time in China (UTC+8), current positive in discharge, cells V_1..V_n. A day is the
 * driver's, as in the engine (`analyticsDayOffsetMinutes`), not UTC's: UTC cuts the commute in two and moves rows between days.
 */
export const EV_CELL_FAULTS: RowReader = (fields) => {
  const at = (name: string): number => fields.indexOf(name);
  const cells = cellColumns(fields, /^V_(\d+)$/);
  const charge = new Map([
    [1, "parked_charging"],
    [2, "driving_charging"],
    [3, "not_charging"],
    [4, "complete"],
  ] as const);
  return (values) => {
    const local = (values[at("tboxTime")] ?? "").replace(" ", "T");
    const timeMs = Date.parse(`${local}+08:00`);
    if (!Number.isFinite(timeMs)) return null;
    return {
      timeMs,
      day: local.slice(0, 10),
      cellVoltagesV: cells.map((i) => number(values[i])),
      currentA: number(values[at("BMSBatteryCurrent")]),
      speedKmh: number(values[at("vehSpeed")]),
      chargeState: narrow(charge, number(values[at("BMSChargeStatus")])),
      socPct: number(values[at("vehBMSPackSOC")]),
    };
  };
};

/** Columns of leaf-obd-log: epoch seconds UTC, cells CP1..CP96 in mV, negative while the balancing shunt is on. */
export const LEAF_OBD_LOG: RowReader = (fields) => {
  const at = (name: string): number => fields.indexOf(name);
  const cells = cellColumns(fields, /^CP(\d+)$/);
  return (values) => {
    const timeMs = Number(values[at("epoch time")]) * 1000;
    if (!(timeMs > Date.UTC(2016, 0, 1))) return null;
    return {
      timeMs,
      day: new Date(timeMs).toISOString().slice(0, 10),
      cellVoltagesV: cells.map((i) => scaled(number(values[i]))),
      currentA: number(values[at("Pack Amps")]),
      speedKmh: number(values[at("Speed")]),
      chargeState: null,
      socPct: scaledSoc(number(values[at("SOC")])),
    };
  };
};

function cellColumns(fields: readonly string[], pattern: RegExp): number[] {
  const found = fields.flatMap((name, column) => {
    const cell = pattern.exec(name)?.[1];
    return cell === undefined ? [] : [{ cell: Number(cell), column }];
  });
  return found.sort((a, b) => a.cell - b.cell).map((f) => f.column);
}

function number(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  const parsed = Number(text);
  return Number.isFinite(parsed) ? parsed : null;
}

function scaled(millivolt: number | null): number | null {
  return millivolt === null ? null : Math.abs(millivolt) / 1000;
}

function scaledSoc(raw: number | null): number | null {
  return raw === null ? null : raw / 10_000;
}

function narrow<V>(map: ReadonlyMap<number, V>, key: number | null): V | null {
  return key === null ? null : (map.get(key) ?? null);
}
