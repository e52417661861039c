import { BellwetherError } from "@bellwether/contracts/errors";
import { createNumberReader, type Oddities } from "./cells.ts";
import { columnsOfPattern, createListReader, type ListOddities } from "./lists.ts";
import type { Condition, RecordingMap } from "./map.ts";
import { createTimeReader } from "./time.ts";

/** One row of a recording as the fields of a sample JSON report. */
export interface ReportFields {
  /** Undefined where the time cell cannot be read; `report.eventTime` then holds its text, for ingest to reject. */
  readonly eventTimeMs: number | undefined;
  readonly report: Readonly<Record<string, unknown>>;
}

/** Reads one row; undefined where the map says to ignore it. */
export type RowReader = (row: readonly string[]) => ReportFields | undefined;

type FieldWriter = (row: readonly string[], report: Record<string, unknown>) => void;

/** Longest text of a time cell that is passed on. */
const TIME_TEXT_MAX = 64;
/** Longest description of a header in a message. */
const SUMMARY_MAX = 800;

/**
 * Fits a map to a file's header. Throws `input_unreadable` naming every column that the map needs and the file lacks,
 * and what the file has.
 */
export function createRowReader(map: RecordingMap, header: readonly string[], file: string, oddities: ListOddities): RowReader {
  const columns = new Map(header.map((column, i) => [column, i]));
  requireColumns(map, header, file);
  const find = (column: string) => columns.get(column);
  const writers: readonly FieldWriter[] = [
    ...Object.entries(map.columns).flatMap(([column, target]) => columnWriter(column, target, find(column), oddities)),
    ...map.lists.flatMap((list) => listWriter(list, header, find, oddities)),
    ...extraWriter(map.extra, find, oddities),
  ];
  const conditions = map.ignoreWhen.map((condition) => conditionReader(condition, find(condition.column)));
  const readTime = createTimeReader(map.time);
  const timeAt = find(map.time.column) ?? -1;
  return (row) => {
    if (conditions.some((holds) => holds(row))) return undefined;
    const timeText = row[timeAt] ?? "";
    const eventTimeMs = readTime(timeText);
    const eventTime = eventTimeMs ?? timeText.slice(0, TIME_TEXT_MAX);
    // A recording does not say when the platform received a row; its own time keeps repeated replays identical.
    const report: Record<string, unknown> = eventTimeMs === undefined ? { eventTime } : { eventTime, receivedTime: eventTime };
    for (const write of writers) write(row, report);
    return { eventTimeMs, report };
  };
}

function requireColumns(map: RecordingMap, header: readonly string[], file: string): void {
  const present = new Set(header);
  const needed = [
    map.time.column,
    ...requiredNames(map.columns),
    ...requiredNames(map.extra),
    ...map.ignoreWhen.map(({ column }) => column),
    ...map.lists.flatMap((list) => (list.optional === true ? [] : listColumns(list, header))),
  ];
  const missing = [...new Set(needed)].filter((column) => !present.has(column));
  if (missing.length === 0) return;
  const expected = missing.map((column) => `"${column}"`).join(", ");
  throw new BellwetherError("input_unreadable", `${file}: expected column ${expected}, got columns ${summary(header)}`, {
    retryable: false,
  });
}

function requiredNames(columns: Readonly<Record<string, string | { readonly optional?: boolean | undefined } | object>>): string[] {
  return Object.entries(columns)
    .filter(([, target]) => typeof target === "string" || !("optional" in target) || target.optional !== true)
    .map(([column]) => column);
}

/** Columns a list cannot do without: those it is fitted to, and at least one of its own. */
function listColumns({ pattern, offsetFit }: RecordingMap["lists"][number], header: readonly string[]): string[] {
  const own = columnsOfPattern(pattern, header).length === 0 ? [pattern] : [];
  return offsetFit === undefined ? own : [...own, offsetFit.lowest, offsetFit.highest];
}

function columnWriter(column: string, target: RecordingMap["columns"][string], at: number | undefined, oddities: Oddities): FieldWriter[] {
  if (at === undefined) return [];
  const { signal } = target;
  if ("values" in target && target.values !== undefined) {
    const read = createMemberReader(column, target.values, target.sentinels ?? [], oddities);
    return [(row, report) => assign(report, signal, read(row[at] ?? ""))];
  }
  const read = createNumberReader(column, target, oddities);
  return [(row, report) => assign(report, signal, read(row[at] ?? ""))];
}

function listWriter(
  list: RecordingMap["lists"][number],
  header: readonly string[],
  find: (column: string) => number | undefined,
  oddities: ListOddities,
): FieldWriter[] {
  const columns = columnsOfPattern(list.pattern, header);
  if (columns.length === 0) return [];
  const read = createListReader(list, columns, find, oddities);
  return [(row, report) => assign(report, list.signal, read(row))];
}

function extraWriter(extra: RecordingMap["extra"], find: (column: string) => number | undefined, oddities: Oddities): FieldWriter[] {
  const readers = Object.entries(extra).flatMap(([column, target]) => {
    const at = find(column);
    if (at === undefined) return [];
    const { name, ...conversion } = typeof target === "string" ? { name: target } : target;
    return [{ name, at, read: createNumberReader(column, conversion, oddities) }];
  });
  if (readers.length === 0) return [];
  return [
    (row, report) => {
      const extras: Record<string, unknown> = {};
      for (const { name, at, read } of readers) assign(extras, name, read(row[at] ?? ""));
      report["extra"] = extras;
    },
  ];
}

/** Enums and booleans by raw value; "3.0" and "3" are the same number. */
function createMemberReader(
  column: string,
  values: Readonly<Record<string, string | boolean>>,
  sentinels: readonly (number | string)[],
  oddities: Oddities,
) {
  const members = new Map(Object.entries(values).map(([raw, member]) => [normalised(raw), member]));
  const missing = new Set(["", "nan", ...sentinels.map((sentinel) => normalised(String(sentinel)).toLowerCase())]);
  return (text: string): string | boolean | undefined => {
    const key = normalised(text);
    const member = members.get(key);
    if (member === undefined && !missing.has(key.toLowerCase())) oddities.unreadable(column);
    return member;
  };
}

function normalised(text: string): string {
  const trimmed = text.trim();
  const number = Number(trimmed);
  return trimmed !== "" && Number.isFinite(number) ? String(number) : trimmed;
}

function conditionReader({ below, above, equals }: Condition, at: number | undefined): (row: readonly string[]) => boolean {
  return (row) => {
    const text = (row[at ?? -1] ?? "").trim();
    const number = text === "" ? Number.NaN : Number(text);
    if (equals !== undefined && (text === String(equals) || number === equals)) return true;
    return (below !== undefined && number < below) || (above !== undefined && number > above);
  };
}

function assign(report: Record<string, unknown>, name: string, reading: unknown): void {
  if (reading !== undefined) report[name] = reading;
}

/** A header of 130 columns would bury the message, and one of rubbish would scramble the terminal. */
function summary(header: readonly string[]): string {
  const shown = header
    .slice(0, 40)
    .join(", ")
    .replaceAll(/[^\x20-\x7e\u00a1-\ufffc]/g, "·")
    .slice(0, SUMMARY_MAX);
  return header.length > 40 ? `${shown} and ${header.length - 40} more` : shown;
}
