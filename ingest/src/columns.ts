import type { NativeColumn, NativeValue } from "@bellwether/clickhouse/native";
import type { DtcReading, QualityMark, Sample } from "@bellwether/contracts/sample";
import { columnOf, columnTypeOf, isSignalName, SIGNAL_NAMES, type SignalName } from "@bellwether/contracts/signals";
import type { Block } from "./block.ts";
import type { Row } from "./rows.ts";

/** One row of `dtc_events`: a code and the report that carries it. */
export interface DtcRow {
  readonly sample: Sample;
  readonly dtc: DtcReading;
}

const SIGNAL_COLUMNS: ReadonlyMap<SignalName, { readonly name: string; readonly type: string }> = new Map(
  SIGNAL_NAMES.map((name) => [name, { name: columnOf(name), type: columnTypeOf(name) }]),
);
const TIME_TYPE = "DateTime64(3, 'UTC')";

/**
 * Columns of `telemetry` for some rows of a block. A signal that no row carries has no column here: the table's default
 * (NULL, or an empty list) says the same and costs nothing. O(values present).
 */
export function telemetryColumns({ topic, partition }: Pick<Block, "topic" | "partition">, rows: readonly Row[]): readonly NativeColumn[] {
  return [
    { name: "vin", type: "String", values: rows.map(({ sample }) => sample.vin) },
    { name: "event_time", type: TIME_TYPE, values: rows.map(({ sample }) => sample.eventTimeMs) },
    { name: "part", type: "UInt16", values: rows.map(({ sample }) => sample.part) },
    { name: "received_time", type: TIME_TYPE, values: rows.map(({ sample }) => sample.receivedTimeMs) },
    { name: "format", type: "String", values: rows.map(({ sample }) => sample.format) },
    { name: "is_reissue", type: "Bool", values: rows.map(({ sample }) => sample.isReissue) },
    { name: "log_topic", type: "String", values: rows.map(() => topic) },
    { name: "log_partition", type: "UInt16", values: rows.map(() => partition) },
    { name: "log_offset", type: "UInt64", values: rows.map(({ offset }) => offset) },
    ...signalColumns(rows),
    { name: "extra", type: "Map(String, Float64)", values: rows.map(({ sample }) => sample.extra) },
    { name: "quality", type: "Array(String)", values: rows.map(({ sample }) => sample.quality.map(markText)) },
  ];
}

/** Columns of `dtc_events`. */
export function dtcColumns(rows: readonly DtcRow[]): readonly NativeColumn[] {
  return [
    { name: "vin", type: "String", values: rows.map(({ sample }) => sample.vin) },
    { name: "event_time", type: TIME_TYPE, values: rows.map(({ sample }) => sample.eventTimeMs) },
    { name: "system", type: "String", values: rows.map(({ dtc }) => dtc.system) },
    { name: "code", type: "String", values: rows.map(({ dtc }) => dtc.code) },
    { name: "level", type: "Nullable(UInt8)", values: rows.map(({ dtc }) => dtc.level) },
    { name: "received_time", type: TIME_TYPE, values: rows.map(({ sample }) => sample.receivedTimeMs) },
  ];
}

/** Goes through the values that are there rather than through all signals of every row. */
function signalColumns(rows: readonly Row[]): readonly NativeColumn[] {
  const columns = new Map<string, NativeValue[]>();
  for (const [i, { sample }] of rows.entries()) {
    const { values } = sample;
    for (const name in values) {
      if (!isSignalName(name)) continue;
      let column = columns.get(name);
      if (column === undefined) {
        column = new Array<NativeValue>(rows.length).fill(null);
        columns.set(name, column);
      }
      column[i] = values[name];
    }
  }
  return [...SIGNAL_COLUMNS].flatMap(([signal, { name, type }]) => {
    const values = columns.get(signal);
    return values === undefined ? [] : [{ name, type, values }];
  });
}

/** `cellVoltagesV:implausible`, the form of the `quality` column. */
function markText({ signal, reason }: QualityMark): string {
  return `${signal}:${reason}`;
}
