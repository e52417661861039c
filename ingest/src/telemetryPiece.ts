import type { NativeColumn } from "@bellwether/clickhouse/native";
import type { Sample } from "@bellwether/contracts/sample";
import {
  columnOf,
  columnTypeOf,
  SIGNAL_NAMES,
  type SignalDefinition,
  type SignalName,
  signalDefinition,
} from "@bellwether/contracts/signals";
import { constantColumn, ListColumn, NumberColumn } from "./columns.ts";

const TIME_TYPE = "DateTime64(3, 'UTC')";

const LIST_NAMES = SIGNAL_NAMES.filter((name) => signalDefinition(name).kind === "float32[]");
const ENUM_CODES: ReadonlyMap<SignalName, ReadonlyMap<string, number>> = new Map(
  SIGNAL_NAMES.filter((name) => signalDefinition(name).kind === "enum").map((name) => [
    name,
    // Enum8 codes count from 1 in the catalogue's order (columnTypeOf).
    new Map((signalDefinition(name).values ?? []).map((member, i) => [member, i + 1])),
  ]),
);
const SCALAR_NAMES = SIGNAL_NAMES.filter((name) => !LIST_NAMES.includes(name));

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
  readonly #vins: string[] = [];
  readonly #eventTimes: number[] = [];
  readonly #receivedTimes: number[] = [];
  readonly #offsets: number[] = [];
  readonly #parts: number[] = [];
  readonly #formats: string[] = [];
  readonly #reissues: boolean[] = [];
  readonly #extras: (Readonly<Record<string, number>> | undefined)[] = [];
  readonly #qualities: (readonly string[])[] = [];
  /** By position in SCALAR_NAMES and LIST_NAMES; created with the first value. */
  readonly #scalars: (NumberColumn | undefined)[] = new Array(SCALAR_NAMES.length).fill(undefined);
  readonly #lists: (ListColumn | undefined)[] = new Array(LIST_NAMES.length).fill(undefined);

  add(sample: Sample, offset: number): void {
    this.#vins.push(sample.vin);
    this.#eventTimes.push(sample.eventTimeMs);
    this.#receivedTimes.push(sample.receivedTimeMs);
    this.#offsets.push(offset);
    this.#parts.push(sample.part);
    this.#formats.push(sample.format);
    this.#reissues.push(sample.isReissue);
    this.#extras.push(sample.extra);
    this.#qualities.push(sample.quality.map(({ signal, reason }) => `${signal}:${reason}`));
    this.#addScalars(sample);
    this.#addLists(sample);
    this.rows++;
  }

  /** Which report the first row is. */
  get firstRow(): RowKey {
    return { vin: this.#vins[0] ?? "", eventTimeMs: this.#eventTimes[0] ?? 0 };
  }

  /** All columns, for rows that came from one topic and partition. */
  columns({ topic, partition }: { readonly topic: string; readonly partition: number }): readonly NativeColumn[] {
    const { rows } = this;
    return [
      { name: "vin", type: "String", values: this.#vins },
      { name: "event_time", type: TIME_TYPE, values: this.#eventTimes },
      { name: "part", type: "UInt16", values: this.#parts },
      { name: "received_time", type: TIME_TYPE, values: this.#receivedTimes },
      { name: "format", type: "String", values: this.#formats },
      { name: "is_reissue", type: "Bool", values: this.#reissues },
      constantColumn("log_topic", "String", topic, rows),
      constantColumn("log_partition", "UInt16", partition, rows),
      { name: "log_offset", type: "UInt64", values: this.#offsets },
      ...packedColumns(SCALAR_NAMES, this.#scalars, rows),
      ...packedColumns(LIST_NAMES, this.#lists, rows),
      { name: "extra", type: "Map(String, Float64)", values: this.#extras },
      { name: "quality", type: "Array(String)", values: this.#qualities },
    ];
  }

  #addScalars({ values }: Sample): void {
    for (let i = 0; i < SCALAR_NAMES.length; i++) {
      const name = SCALAR_NAMES[i];
      const reading = name === undefined ? undefined : values[name];
      if (name === undefined || reading === undefined) continue;
      let column = this.#scalars[i];
      if (column === undefined) {
        column = createScalarColumn(signalDefinition(name));
        this.#scalars[i] = column;
      }
      const number = typeof reading === "number" ? reading : codeOf(name, reading);
      if (number !== undefined) column.put(this.rows, number);
    }
  }

  #addLists({ values }: Sample): void {
    for (let i = 0; i < LIST_NAMES.length; i++) {
      const name = LIST_NAMES[i];
      const reading = name === undefined ? undefined : values[name];
      if (typeof reading !== "object") continue;
      let column = this.#lists[i];
      if (column === undefined) {
        column = new ListColumn();
        this.#lists[i] = column;
      }
      column.put(this.rows, reading);
    }
  }
}

function packedColumns(
  names: readonly SignalName[],
  columns: readonly (NumberColumn | ListColumn | undefined)[],
  rows: number,
): readonly NativeColumn[] {
  return names.flatMap((name, i) => {
    const column = columns[i];
    return column === undefined ? [] : [{ name: columnOf(name), type: columnTypeOf(name), values: column.packed(rows) }];
  });
}

function codeOf(name: SignalName, reading: unknown): number | undefined {
  if (typeof reading === "boolean") return reading ? 1 : 0;
  return typeof reading === "string" ? ENUM_CODES.get(name)?.get(reading) : undefined;
}

function createScalarColumn({ kind }: SignalDefinition): NumberColumn {
  switch (kind) {
    case "float64":
      return new NumberColumn(Float64Array);
    case "uint8":
    case "bool":
      return new NumberColumn(Uint8Array);
    case "uint16":
      return new NumberColumn(Uint16Array);
    case "uint32":
      return new NumberColumn(Uint32Array);
    case "enum":
      return new NumberColumn(Int8Array, { placeholder: 1 });
    case "float32":
    case "float32[]":
      return new NumberColumn(Float32Array);
  }
}
