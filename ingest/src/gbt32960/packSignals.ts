/** Cell voltages, probe temperatures and their extremes, put together over all items of a report. */
import { type Draft, mark, type NumberSignal, numbersOf, setNumber } from "./draft.ts";
import type { Quantity } from "./fields.ts";
import { packRow, type Stretch } from "./layout.ts";
import type { ReportItem } from "./report.ts";

type Offsets = ReadonlyMap<number, number>;

/** Where each subsystem's cells and probes begin in the pack's row. */
export interface Places {
  readonly cells: Offsets;
  readonly probes: Offsets;
}

const NOWHERE: Offsets = new Map();

/**
 * Sets the cell voltages: as long as the pack, null where unknown. `part` is 0 when the report speaks of every cell,
 * otherwise the number of the first cell it speaks of.
 */
export function setCells(draft: Draft, infos: readonly ReportItem[]): { readonly part: number; readonly offsets: Offsets } {
  const stretches = infos.flatMap(cellStretches);
  if (stretches.length === 0) return { part: 0, offsets: NOWHERE };
  const row = packRow(stretches);
  if (row === null) {
    if (stretches.some(({ total }) => total > 0)) mark(draft, "cellVoltagesV", { out_of_range_raw: 0 });
    return { part: 0, offsets: NOWHERE };
  }
  const first = row.readings.findIndex((reading) => reading !== undefined);
  if (first < 0) return { part: 0, offsets: row.offsets };
  const isWhole = row.readings.every(isCarried);
  draft.values.cellVoltagesV = isWhole ? numbersOf(draft, "cellVoltagesV", row.readings) : withGaps(draft, row.readings);
  return { part: isWhole ? 0 : first + 1, offsets: row.offsets };
}

function isCarried(reading: Quantity | undefined): reading is Quantity {
  return reading !== undefined;
}

function withGaps(draft: Draft, readings: readonly (Quantity | undefined)[]): (number | null)[] {
  return readings.map((reading) => {
    if (reading === undefined || typeof reading === "number") return reading ?? null;
    mark(draft, "cellVoltagesV", reading);
    return null;
  });
}

function cellStretches(one: ReportItem): Stretch[] {
  if (one.name === "ess_voltage") {
    return one.subsystems.map((pack) => ({
      subsystem: numberOr(pack.subsystem, null),
      total: numberOr(pack.cell_total, pack.cell_voltages_v.length),
      // Some terminals count from 0.
      first: Math.max(numberOr(pack.frame_start_cell, 1) - 1, 0),
      readings: pack.cell_voltages_v,
    }));
  }
  if (one.name !== "min_parallel_unit_voltage") return [];
  return one.packs.map((pack) => ({
    subsystem: numberOr(pack.pack, null),
    total: pack.unit_voltages_v.length,
    first: 0,
    readings: pack.unit_voltages_v,
  }));
}

/** Sets the probe temperatures and says where each subsystem's probes begin. */
export function setProbes(draft: Draft, infos: readonly ReportItem[]): Offsets {
  const row = packRow(infos.flatMap(probeStretches));
  if (row === null) return NOWHERE;
  draft.values.probeTempsC = numbersOf(draft, "probeTempsC", row.readings.filter(isCarried));
  return row.offsets;
}

function probeStretches(one: ReportItem): Stretch[] {
  if (one.name === "ess_temperature") return one.subsystems.map((pack) => probeStretch(pack.subsystem, pack.probe_temps_c));
  return one.name === "battery_temperature" ? one.packs.map((pack) => probeStretch(pack.pack, pack.probe_temps_c)) : [];
}

function probeStretch(subsystem: Quantity, readings: readonly Quantity[]): Stretch {
  return { subsystem: numberOr(subsystem, null), total: readings.length, first: 0, readings };
}

function numberOr<T>(reading: Quantity, otherwise: T): number | T {
  return typeof reading === "number" ? reading : otherwise;
}

/** Sets what the car itself says are its extremes (2016). */
export function setExtremes(draft: Draft, extreme: Extract<ReportItem, { readonly name: "extreme" }>, { cells, probes }: Places): void {
  setNumber(draft, "cellVoltageMaxV", extreme.max_cell_voltage_v);
  setNumber(draft, "cellVoltageMinV", extreme.min_cell_voltage_v);
  setNumber(draft, "probeTempMaxC", extreme.max_temp_c);
  setNumber(draft, "probeTempMinC", extreme.min_temp_c);
  setIndex(draft, "cellVoltageMaxIndex", extreme.max_cell_voltage_cell, placeOf(cells, extreme.max_cell_voltage_subsystem));
  setIndex(draft, "cellVoltageMinIndex", extreme.min_cell_voltage_cell, placeOf(cells, extreme.min_cell_voltage_subsystem));
  setIndex(draft, "probeTempMaxIndex", extreme.max_temp_probe, placeOf(probes, extreme.max_temp_subsystem));
  setIndex(draft, "probeTempMinIndex", extreme.min_temp_probe, placeOf(probes, extreme.min_temp_subsystem));
}

/** Cells before a subsystem; undefined where the report does not let us know. */
function placeOf(offsets: Offsets, subsystem: Quantity): number | undefined {
  const number = numberOr(subsystem, 1);
  return offsets.get(number) ?? (number === 1 ? 0 : undefined);
}

function setIndex(draft: Draft, signal: NumberSignal, reading: Quantity, place: number | undefined): void {
  if (typeof reading !== "number") mark(draft, signal, reading);
  else if (place !== undefined) draft.values[signal] = place + reading;
}
