import type { NativeColumn } from "@bellwether/clickhouse/native";
import { columnOf, columnTypeOf, type SignalKind, type SignalName, signalDefinition } from "@bellwether/contracts/signals";
import { constantWord, ListColumn, NumberColumn, WordColumn } from "./columns.ts";
import type { ReportRow } from "./reportRow.ts";
import { LIST_NAMES, SCALAR_NAMES } from "./signalColumns.ts";

const TIME_TYPE = "DateTime64(3, 'UTC')";
const WORD_TYPE = "LowCardinality(String)";
const NO_MARKS: readonly string[] = [];

/** Rows are staged one behind the other and spread over the columns so many at a time: what is staged stays in the processor's cache. */
const STAGED_ROWS = 64;
/** Places of a staged row behind those of SCALAR_NAMES. */
const EVENT_TIME = SCALAR_NAMES.length;
const RECEIVED_TIME = EVENT_TIME + 1;
const OFFSET = EVENT_TIME + 2;
const PART = EVENT_TIME + 3;
const REISSUE = EVENT_TIME + 4;
const STAGED_WIDTH = EVENT_TIME + 5;

/** What a stored row is found by. */
export interface RowKey {
  readonly vin: string;
  readonly eventTimeMs: number;
}

/**
 * Rows of `telemetry` that are inserted together, collected column by column as they arrive. A signal that no row carries
 * has no column: the table's default (NULL, or an empty list) says the same and costs nothing.
 */
export class TelemetryPiece {
  rows = 0;
  /** Whether a vehicle may have two rows of one time and part here, which the engine is then asked to collapse. */
  mayRepeat = false;
  #firstRow: RowKey = { vin: "", eventTimeMs: 0 };
  readonly #vins = new WordColumn();
  readonly #formats = new WordColumn();
  readonly #staged = new Float64Array(STAGED_ROWS * STAGED_WIDTH);
  #stagedRows = 0;
  /** Each vehicle's newest event time, by its position among the vehicles. */
  readonly #newest = new NumberColumn();
  /** Rows with extras or marks are few; absent as long as there is none. */
  #extras: (Readonly<Record<string, number>> | undefined)[] | undefined;
  #qualities: (readonly string[])[] | undefined;
  /** By place in a staged row; created with the first number. */
  readonly #numbers: (NumberColumn | undefined)[] = new Array(STAGED_WIDTH).fill(undefined);
  /** By position in LIST_NAMES; created with the first value. */
  readonly #lists: (ListColumn | undefined)[] = new Array(LIST_NAMES.length).fill(undefined);

  /** Makes the piece as good as new; its columns keep their room. */
  clear(): void {
    const { rows } = this;
    this.rows = 0;
    this.mayRepeat = false;
    this.#extras = undefined;
    this.#qualities = undefined;
    this.#vins.clear();
    this.#formats.clear();
    this.#stagedRows = 0;
    this.#newest.clear();
    for (const column of this.#numbers) column?.clear();
    for (const column of this.#lists) column?.clear(rows);
  }

  add(report: ReportRow, offset: number): void {
    const row = this.rows++;
    if (row === 0) this.#firstRow = { vin: report.vin, eventTimeMs: report.eventTimeMs };
    this.#noteTime(this.#vins.put(row, report.vin), report.eventTimeMs);
    this.#formats.put(row, report.format);
    if (report.extra !== undefined) {
      this.#extras ??= [];
      this.#extras[row] = report.extra;
    }
    if (report.quality.length > 0) {
      this.#qualities ??= [];
      this.#qualities[row] = report.quality;
    }
    this.#addLists(row, report);
    this.#stage(report, offset);
  }

  /** Rows the piece has memory for. */
  get room(): number {
    return this.#numbers[EVENT_TIME]?.room ?? 0;
  }

  /** Which report the first row is. */
  get firstRow(): RowKey {
    return this.#firstRow;
  }

  /** All columns, for rows that came from one topic and partition. */
  columns({ topic, partition }: { readonly topic: string; readonly partition: number }): readonly NativeColumn[] {
    this.#spread();
    const { rows } = this;
    return [
      { name: "vin", type: WORD_TYPE, values: this.#vins.packed(rows) },
      { name: "event_time", type: TIME_TYPE, values: this.#numbersAt(EVENT_TIME) },
      { name: "part", type: "UInt16", values: new Uint16Array(this.#numbersAt(PART)) },
      { name: "received_time", type: TIME_TYPE, values: this.#numbersAt(RECEIVED_TIME) },
      { name: "format", type: WORD_TYPE, values: this.#formats.packed(rows) },
      { name: "is_reissue", type: "Bool", values: { length: rows, numbers: new Uint8Array(this.#numbersAt(REISSUE)) } },
      constantWord("log_topic", topic, rows),
      { name: "log_partition", type: "UInt16", values: new Uint16Array(rows).fill(partition) },
      { name: "log_offset", type: "UInt64", values: this.#numbersAt(OFFSET) },
      ...this.#scalarColumns(),
      ...this.#listColumns(),
      ...this.#rareColumns(),
    ];
  }

  /** A time that is not after the vehicle's newest may be that of an earlier row. */
  #noteTime(vehicle: number, timeMs: number): void {
    if (timeMs <= this.#newest.at(vehicle)) this.mayRepeat = true;
    else this.#newest.put(vehicle, timeMs);
  }

  #stage({ numbers, eventTimeMs, receivedTimeMs, part, isReissue }: ReportRow, offset: number): void {
    const staged = this.#staged;
    const at = this.#stagedRows++ * STAGED_WIDTH;
    staged.set(numbers, at);
    staged[at + EVENT_TIME] = eventTimeMs;
    staged[at + RECEIVED_TIME] = receivedTimeMs;
    staged[at + OFFSET] = offset;
    staged[at + PART] = part;
    staged[at + REISSUE] = isReissue ? 1 : 0;
    if (this.#stagedRows === STAGED_ROWS) this.#spread();
  }

  #spread(): void {
    const count = this.#stagedRows;
    const firstRow = this.rows - count;
    this.#stagedRows = 0;
    for (let place = 0; place < STAGED_WIDTH; place++) {
      let column = this.#numbers[place];
      if (column === undefined) {
        if (!hasNumber(this.#staged, place, count)) continue;
        column = new NumberColumn();
        this.#numbers[place] = column;
      }
      column.putAll(firstRow, this.#staged, place, { stride: STAGED_WIDTH, count });
    }
  }

  #numbersAt(place: number): Float64Array<ArrayBuffer> {
    return this.#numbers[place]?.numbers(this.rows) ?? new Float64Array(0);
  }

  #addLists(row: number, { elements, listStarts, listLengths }: ReportRow): void {
    for (let i = 0; i < listLengths.length; i++) {
      const length = listLengths[i] ?? 0;
      if (length === 0) continue;
      let column = this.#lists[i];
      if (column === undefined) {
        column = new ListColumn();
        this.#lists[i] = column;
      }
      const start = listStarts[i] ?? 0;
      column.put(row, elements, start, start + length);
    }
  }

  #scalarColumns(): readonly NativeColumn[] {
    return columnsOf(SCALAR_NAMES, this.#numbers, (column, name) => {
      const { kind } = signalDefinition(name);
      return column.packed(this.rows, ARRAYS[kind], kind === "enum" ? 1 : 0);
    });
  }

  #listColumns(): readonly NativeColumn[] {
    return columnsOf(LIST_NAMES, this.#lists, (column) => column.packed(this.rows));
  }

  #rareColumns(): readonly NativeColumn[] {
    const columns: NativeColumn[] = [];
    const [extras, qualities] = [this.#extras, this.#qualities];
    const length = this.rows;
    if (extras !== undefined)
      columns.push({ name: "extra", type: "Map(String, Float64)", values: Array.from({ length }, (_, i) => extras[i]) });
    if (qualities !== undefined) {
      columns.push({ name: "quality", type: "Array(String)", values: Array.from({ length }, (_, i) => qualities[i] ?? NO_MARKS) });
    }
    return columns;
  }
}

function hasNumber(staged: Float64Array, place: number, count: number): boolean {
  for (let i = 0, at = place; i < count; i++, at += STAGED_WIDTH) if (!Number.isNaN(staged[at])) return true;
  return false;
}

const ARRAYS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
  bool: Uint8Array,
  enum: Int8Array,
  "float32[]": Float32Array,
} as const satisfies Readonly<Record<SignalKind, unknown>>;

function columnsOf<C extends { readonly isEmpty: boolean }>(
  names: readonly SignalName[],
  columns: readonly (C | undefined)[],
  pack: (column: C, name: SignalName) => NativeColumn["values"],
): readonly NativeColumn[] {
  return names.flatMap((name, i) => {
    const column = columns[i];
    return column === undefined || column.isEmpty ? [] : [{ name: columnOf(name), type: columnTypeOf(name), values: pack(column, name) }];
  });
}
