import type { NativeColumn } from "@bellwether/clickhouse/native";
import type { DtcReading, DtcStatus, Sample } from "@bellwether/contracts/sample";

import type { RowKey } from "./telemetryPiece.ts";

const TIME_TYPE = "DateTime64(3, 'UTC')";
const FLAG_TYPE = "Nullable(Bool)";
const NOTHING_KNOWN: DtcStatus = {};

/** Rows of `dtc_events` that are inserted together: a code and the report that carries it. */
export class DtcPiece {
  rows = 0;
  /** One report may carry a code twice. */
  readonly mayRepeat = true;
  readonly #vins: string[] = [];
  readonly #eventTimes: number[] = [];
  readonly #systems: string[] = [];
  readonly #codes: string[] = [];
  readonly #levels: (number | null)[] = [];
  readonly #statuses: DtcStatus[] = [];
  readonly #failureTypes: (number | null)[] = [];
  readonly #occurrences: (number | null)[] = [];
  readonly #receivedTimes: number[] = [];
  readonly #offsets: number[] = [];

  add(
    { vin, eventTimeMs, receivedTimeMs }: Sample,
    { system, code, level, status, failureType, occurrences }: DtcReading,
    offset: number,
  ): void {
    this.#vins.push(vin);
    this.#eventTimes.push(eventTimeMs);
    this.#systems.push(system);
    this.#codes.push(code);
    this.#levels.push(level ?? null);
    this.#statuses.push(status ?? NOTHING_KNOWN);
    this.#failureTypes.push(failureType ?? null);
    this.#occurrences.push(occurrences ?? null);
    this.#receivedTimes.push(receivedTimeMs);
    this.#offsets.push(offset);
    this.rows++;
  }

  /** Which reading the first row is. */
  get firstRow(): RowKey & { readonly code: string } {
    return { vin: this.#vins[0] ?? "", eventTimeMs: this.#eventTimes[0] ?? 0, code: this.#codes[0] ?? "" };
  }

  columns({ topic, partition }: { readonly topic: string; readonly partition: number }): readonly NativeColumn[] {
    return [
      { name: "vin", type: "String", values: this.#vins },
      { name: "event_time", type: TIME_TYPE, values: this.#eventTimes },
      { name: "system", type: "String", values: this.#systems },
      { name: "code", type: "String", values: this.#codes },
      { name: "level", type: "Nullable(UInt8)", values: this.#levels },
      { name: "is_active", type: FLAG_TYPE, values: this.#statuses.map(({ isActive }) => isActive ?? null) },
      { name: "is_pending", type: FLAG_TYPE, values: this.#statuses.map(({ isPending }) => isPending ?? null) },
      { name: "is_confirmed", type: FLAG_TYPE, values: this.#statuses.map(({ isConfirmed }) => isConfirmed ?? null) },
      { name: "is_lamp_on", type: FLAG_TYPE, values: this.#statuses.map(({ isLampOn }) => isLampOn ?? null) },
      { name: "failure_type", type: "Nullable(UInt8)", values: this.#failureTypes },
      { name: "occurrences", type: "Nullable(UInt32)", values: this.#occurrences },
      { name: "received_time", type: TIME_TYPE, values: this.#receivedTimes },
      { name: "log_topic", type: "String", values: this.#vins.map(() => topic) },
      { name: "log_partition", type: "UInt16", values: new Uint16Array(this.rows).fill(partition) },
      { name: "log_offset", type: "UInt64", values: this.#offsets },
    ];
  }
}
