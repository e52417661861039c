/** How a signal is stored. Enum values are stored as Enum8 numbered from 1 in the order given here. */
export type SignalKind = "uint8" | "uint16" | "uint32" | "float32" | "float64" | "bool" | "enum" | "float32[]";

/** Where each payload format carries the signal; an absent key means the format does not carry it. */
export interface CarriedBy {
  /** GB/T 32960.3-2016: information type in hex and field, e.g. "01 total voltage". */
  readonly gbt2016?: string;
  readonly gbt2025?: string;
  /** EMQX gateway JSON: item type and key. */
  readonly emqx?: string;
  /** Tesla fleet-telemetry field name. */
  readonly tesla?: string;
}

export interface SignalDefinition {
  readonly kind: SignalKind;
  /** Canonical unit; "" for a signal without one. */
  readonly unit: string;
  /** Plausible range, both ends included, in the canonical unit; values outside are stored as NULL with a quality mark. */
  readonly range?: readonly [min: number, max: number];
  readonly values?: readonly string[];
  /** VSS 6.0 path without the leading "Vehicle.", or null where VSS has no such signal. */
  readonly vss: string | null;
  readonly carriedBy: CarriedBy;
  readonly sentence: string;
}

/** Keeps the literal types of a group. */
export const defineSignals = <const T extends Record<string, SignalDefinition>>(signals: T): T => signals;

/** Where VSS keeps the traction battery. */
export const BATTERY = "Powertrain.TractionBattery";
