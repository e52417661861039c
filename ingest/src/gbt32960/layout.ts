/** Puts the cells (or probes) of all subsystems of a pack in one row: subsystem by subsystem, in the order of their numbers. */
import type { Quantity } from "./fields.ts";

/** Consecutive cells of one subsystem, as one report carries them. */
export interface Stretch {
  /** Number of the subsystem, or null where the car does not say. */
  readonly subsystem: number | null;
  /** Cells the subsystem has in total. */
  readonly total: number;
  /** 0-based position of the first of `readings` in the subsystem. */
  readonly first: number;
  readonly readings: readonly Quantity[];
}

export interface PackRow {
  /** One entry per cell of the pack; undefined where the report does not speak of it. */
  readonly readings: readonly (Quantity | undefined)[];
  /** The same entries when the report speaks of every cell, else null. */
  readonly whole: readonly Quantity[] | null;
  /** 0-based position of each subsystem's first cell. */
  readonly offsets: ReadonlyMap<number, number>;
}

/** A pack claiming more than this is a damaged report; without the limit 60 kB could ask for 16 million places. */
export const PLACES_MAX = 10_000;

/** The row of a pack, or null when it has no cells or claims too many. */
export function packRow(stretches: readonly Stretch[]): PackRow | null {
  const [only] = stretches;
  if (stretches.length === 1 && only !== undefined && only.readings.length === only.total && only.total > 0) {
    return { readings: only.readings, whole: only.readings, offsets: new Map([[only.subsystem ?? 1, 0]]) };
  }
  const totals = new Map<number, number>();
  for (const stretch of stretches) totals.set(keyOf(stretch), Math.max(totals.get(keyOf(stretch)) ?? 0, placesOf(stretch)));
  const offsets = new Map<number, number>();
  let places = 0;
  for (const [subsystem, total] of [...totals].sort(([a], [b]) => a - b)) {
    offsets.set(subsystem, places);
    places += total;
  }
  if (places === 0 || places > PLACES_MAX) return null;
  const readings = fill(stretches, offsets, places);
  return { readings, whole: readings.every(isCarried) ? readings : null, offsets };
}

function isCarried(reading: Quantity | undefined): reading is Quantity {
  return reading !== undefined;
}

function fill(stretches: readonly Stretch[], offsets: ReadonlyMap<number, number>, places: number): (Quantity | undefined)[] {
  const readings: (Quantity | undefined)[] = new Array(places).fill(undefined);
  for (const stretch of stretches) {
    const from = (offsets.get(keyOf(stretch)) ?? 0) + stretch.first;
    for (const [i, reading] of stretch.readings.entries()) readings[from + i] = reading;
  }
  return readings;
}

const placesOf = ({ total, first, readings }: Stretch): number => Math.max(total, first + readings.length);
const keyOf = ({ subsystem }: Stretch): number => subsystem ?? 1;
