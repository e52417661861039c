/**
 * The signal catalogue: the one source for telemetry columns, decoder targets, plausible ranges,
 * API documentation and the generated page docs/signals.md.
 *
 * Canonical units are SI-like (V, A, °C, km, kΩ, kPa, %). Pack current is positive in discharge.
 * A missing value is absent here and NULL in the table, never 0 and never a sentinel.
 */

import { BATTERY_SIGNALS } from "./signals/battery.ts";
import { BODY_SIGNALS } from "./signals/body.ts";
import { DRIVE_SIGNALS } from "./signals/drive.ts";
import type { SignalDefinition } from "./signals/signalDefinition.ts";
import { VEHICLE_SIGNALS } from "./signals/vehicle.ts";
import { WEAR_SIGNALS } from "./signals/wear.ts";

export type { SignalDefinition, SignalKind } from "./signals/signalDefinition.ts";

/** Every signal; the order is that of the columns. */
export const SIGNALS = {
  ...VEHICLE_SIGNALS,
  ...DRIVE_SIGNALS,
  ...BATTERY_SIGNALS,
  ...BODY_SIGNALS,
  ...WEAR_SIGNALS,
} as const;

export type SignalName = keyof typeof SIGNALS;

type ValueOf<D> = D extends { kind: "enum"; values: readonly (infer V)[] }
  ? V
  : D extends { kind: "bool" }
    ? boolean
    : D extends { kind: "float32[]" }
      ? readonly (number | null)[]
      : number;

/** Values of one report by signal name; a missing signal is absent. */
export type SignalValues = { -readonly [K in SignalName]?: ValueOf<(typeof SIGNALS)[K]> };

export const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly SignalName[];

/** The definition of a signal, in its general type. */
export function signalDefinition(name: SignalName): SignalDefinition {
  return SIGNALS[name];
}

export function isSignalName(name: string): name is SignalName {
  return Object.hasOwn(SIGNALS, name);
}

/** Column of a signal in the telemetry table: `packVoltageV` → `pack_voltage_v`. */
export function columnOf(name: SignalName): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** ClickHouse type of a signal's column. */
export function columnTypeOf(name: SignalName): string {
  const { kind, values } = signalDefinition(name);
  switch (kind) {
    case "float32[]":
      return "Array(Nullable(Float32))";
    case "bool":
      return "Nullable(Bool)";
    case "enum":
      return `Nullable(Enum8(${(values ?? []).map((v, i) => `'${v}' = ${i + 1}`).join(", ")}))`;
    case "uint8":
      return "Nullable(UInt8)";
    case "uint16":
      return "Nullable(UInt16)";
    case "uint32":
      return "Nullable(UInt32)";
    case "float64":
      return "Nullable(Float64)";
    case "float32":
      return "Nullable(Float32)";
  }
}
