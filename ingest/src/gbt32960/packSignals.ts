/** Cell voltages, probe temperatures and their extremes, put together over all items of a report. */
import { type Draft, mark, type NumberSignal, numbersOf, setNumber } from "./draft.ts";
import type { Quantity } from "./fields.ts";
import { packRow, type Stretch } from "./layout.ts";
import type { ItemNamed } from "./report.ts";
import { EXTREME_INDEXES, EXTREME_NUMBERS } from "./signalKeys.ts";

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
export function setCells(draft: Draft): { readonly part: number; readonly offsets: Offsets } {
  if (draft.cells.length === 0) return { part: 0, offsets: NOWHERE };
  const row = packRow(draft.cells);
  if (row === null) {
    if (draft.cells.some(({ total }) => total > 0)) mark(draft, "cellVoltagesV", { out_of_range_raw: 0 });
    return { part: 0, offsets: NOWHERE };
  }
  if (row.whole !== null) {
    draft.values.cellVoltagesV = numbersOf(draft, "cellVoltagesV", row.whole);
    return { part: 0, offsets: row.offsets };
  }
  const first = row.readings.findIndex((reading) => reading !== undefined);
  if (first < 0) return { part: 0, offsets: row.offsets };
  draft.values.cellVoltagesV = withGaps(draft, row.readings);
  return { part: first + 1, offsets: row.offsets };
}

function withGaps(draft: Draft, readings: readonly (Quantity | undefined)[]): (number | null)[] {
  return readings.map((reading) => {
    if (reading === undefined || typeof reading === "number") return reading ?? null;
    mark(draft, "cellVoltagesV", reading);
    return null;
  });
}

/** Sets the probe temperatures and says where each subsystem's probes begin. */
export function setProbes(draft: Draft): Offsets {
  const row = draft.probes.length === 0 ? null : packRow(draft.probes);
  if (row === null || row.whole === null) return NOWHERE;
  draft.values.probeTempsC = numbersOf(draft, "probeTempsC", row.whole);
  return row.offsets;
}

/** Cells of a 2016 item, which may carry a part of a pack. */
export function splitStretches({ subsystems }: ItemNamed<"ess_voltage">): Stretch[] {
  return subsystems.map((pack) => ({
    subsystem: numberOr(pack.subsystem, null),
    total: numberOr(pack.cell_total, pack.cell_voltages_v.length),
    first: firstPlace(pack.frame_start_cell),
    readings: pack.cell_voltages_v,
  }));
}

/** Cells a frame carries at most; a longer array comes in parts of as many. */
const CELLS_PER_FRAME = 200;

/** Parts begin at 1, 201, 401; some terminals count from 0, which is out of the standard's range, and theirs begin at 0, 200, 400. */
function firstPlace(start: Quantity): number {
  if (typeof start !== "number") return 0;
  return start % CELLS_PER_FRAME === 0 ? start : start - 1;
}

/** All cells or probes of a subsystem. */
export function wholeStretch(subsystem: Quantity, readings: readonly Quantity[]): Stretch {
  return { subsystem: numberOr(subsystem, null), total: readings.length, first: 0, readings };
}

function numberOr<T>(reading: Quantity, otherwise: T): number | T {
  return typeof reading === "number" ? reading : otherwise;
}

/** Sets what the car itself says are its extremes (2016). */
export function setExtremes(draft: Draft, extreme: ItemNamed<"extreme">, { cells, probes }: Places): void {
  for (const [key, signal] of EXTREME_NUMBERS) setNumber(draft, signal, extreme[key]);
  for (const [key, subsystem, signal, of] of EXTREME_INDEXES) {
    setIndex(draft, signal, extreme[key], placeOf(of === "cells" ? cells : probes, extreme[subsystem]));
  }
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
