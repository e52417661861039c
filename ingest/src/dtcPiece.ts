import type { NativeColumn } from "@bellwether/clickhouse/native";
import type { DtcReading, Sample } from "@bellwether/contracts/sample";

const TIME_TYPE = "DateTime64(3, 'UTC')";

/** Rows of `dtc_events` that are inserted together: a code and the report that carries it. */
export class DtcPiece {
  rows = 0;
  readonly #vins: string[] = [];
  readonly #eventTimes: number[] = [];
  readonly #systems: string[] = [];
  readonly #codes: string[] = [];
  readonly #levels: (number | null)[] = [];
  readonly #receivedTimes: number[] = [];

  add({ vin, eventTimeMs, receivedTimeMs }: Sample, { system, code, level }: DtcReading): void {
    this.#vins.push(vin);
    this.#eventTimes.push(eventTimeMs);
    this.#systems.push(system);
    this.#codes.push(code);
    this.#levels.push(level ?? null);
    this.#receivedTimes.push(receivedTimeMs);
    this.rows++;
  }

  columns(): readonly NativeColumn[] {
    return [
      { name: "vin", type: "String", values: this.#vins },
      { name: "event_time", type: TIME_TYPE, values: this.#eventTimes },
      { name: "system", type: "String", values: this.#systems },
      { name: "code", type: "String", values: this.#codes },
      { name: "level", type: "Nullable(UInt8)", values: this.#levels },
      { name: "received_time", type: TIME_TYPE, values: this.#receivedTimes },
    ];
  }
}
