import { createNumberReader, createRawReader, type NumberReader, type Oddities, rounded } from "./cells.ts";
import type { ListMap } from "./map.ts";

/** The numbers of a list signal in one row, or undefined where the row has none. */
export type ListReader = (row: readonly string[]) => readonly (number | null)[] | undefined;

export interface ListOddities extends Oddities {
  /** No candidate offset puts the list where the car's own minimum and maximum are. */
  unfitted(signal: string): void;
}

/** Index of a column in the file's header. */
export type ColumnFinder = (column: string) => number | undefined;

/** Columns of a pattern such as `V_{n}`, by element; element i has number i+1, a number the file skips is a gap. */
export function columnsOfPattern(pattern: string, header: readonly string[]): readonly (number | undefined)[] {
  const [before = "", after = ""] = pattern.split("{n}");
  const columns: (number | undefined)[] = [];
  for (const [i, column] of header.entries()) {
    if (!column.startsWith(before) || !column.endsWith(after)) continue;
    const number = column.slice(before.length, column.length - after.length);
    if (/^[1-9]\d{0,3}$/.test(number)) columns[Number(number) - 1] = i;
  }
  return Array.from(columns);
}

/** The reader of a list whose columns are known. */
export function createListReader(
  list: ListMap,
  columns: readonly (number | undefined)[],
  find: ColumnFinder,
  oddities: ListOddities,
): ListReader {
  if (list.offsetFit !== undefined) return createFittedReader(list, list.offsetFit, columns, find, oddities);
  const read = createNumberReader(list.pattern, list, oddities);
  return (row) => presentOrNothing(readElements(row, columns, read));
}

/**
 * For files where some cars add an offset to their probes and others do not: per row, the candidate is taken that puts
 * the list's median between the car's own minimum and maximum. Where none does, the list is left out and counted.
 */
function createFittedReader(
  { signal, pattern, sentinels = [] }: ListMap,
  { candidates, lowest, highest, tolerance }: NonNullable<ListMap["offsetFit"]>,
  columns: readonly (number | undefined)[],
  find: ColumnFinder,
  oddities: ListOddities,
): ListReader {
  const readRaw = createRawReader(pattern, sentinels, oddities);
  const readBound = (row: readonly string[], column: string) => readRaw(row[find(column) ?? -1] ?? "");
  return (row) => {
    const raw = presentOrNothing(readElements(row, columns, readRaw));
    if (raw === undefined) return undefined;
    const low = readBound(row, lowest);
    const high = readBound(row, highest);
    for (const { offset, sentinels: unset = [] } of candidates) {
      const shifted = raw.map((element) => (element === null || unset.includes(element) ? null : rounded(element + offset)));
      const middle = medianOf(shifted);
      if (middle === undefined || low === undefined || high === undefined) continue;
      if (middle >= low - tolerance && middle <= high + tolerance) return shifted;
    }
    oddities.unfitted(signal);
    return undefined;
  };
}

function readElements(row: readonly string[], columns: readonly (number | undefined)[], read: NumberReader): (number | null)[] {
  return columns.map((column) => (column === undefined ? null : (read(row[column] ?? "") ?? null)));
}

function presentOrNothing(list: readonly (number | null)[]): readonly (number | null)[] | undefined {
  return list.some((element) => element !== null) ? list : undefined;
}

/** Middle of the present elements (the upper one of two); undefined when there are none. */
function medianOf(list: readonly (number | null)[]): number | undefined {
  const present = list.filter((element) => element !== null).sort((a, b) => a - b);
  return present[present.length >> 1];
}
