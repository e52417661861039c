/** Where each signal of the catalogue stands in a row: by position among the single values, or among the lists. */
import { SIGNAL_NAMES, type SignalName, signalDefinition } from "@bellwether/contracts/signals";

export const LIST_NAMES: readonly SignalName[] = SIGNAL_NAMES.filter((name) => signalDefinition(name).kind === "float32[]");
export const SCALAR_NAMES: readonly SignalName[] = SIGNAL_NAMES.filter((name) => !LIST_NAMES.includes(name));

const SCALAR_POSITIONS: ReadonlyMap<SignalName, number> = new Map(SCALAR_NAMES.map((name, i) => [name, i]));
const LIST_POSITIONS: ReadonlyMap<SignalName, number> = new Map(LIST_NAMES.map((name, i) => [name, i]));

/** Enum8 codes count from 1 in the catalogue's order (columnTypeOf). */
const ENUM_CODES: ReadonlyMap<SignalName, ReadonlyMap<string, number>> = new Map(
  SCALAR_NAMES.filter((name) => signalDefinition(name).kind === "enum").map((name) => [
    name,
    new Map((signalDefinition(name).values ?? []).map((member, i) => [member, i + 1])),
  ]),
);

/** Position among the single values; throws for a list. */
export function scalarAt(name: SignalName): number {
  return positionIn(SCALAR_POSITIONS, name);
}

/** Position among the lists; throws for a single value. */
export function listAt(name: SignalName): number {
  return positionIn(LIST_POSITIONS, name);
}

function positionIn(positions: ReadonlyMap<SignalName, number>, name: SignalName): number {
  const position = positions.get(name);
  if (position === undefined) throw new TypeError(`signal ${name} is not kept there`);
  return position;
}

/** The number a single value is stored as: an enum by its code, a flag as 0 or 1; NaN for what the signal cannot hold. */
export function storedNumber(name: SignalName, reading: unknown): number {
  if (typeof reading === "number") return reading;
  if (typeof reading === "boolean") return reading ? 1 : 0;
  return (typeof reading === "string" ? ENUM_CODES.get(name)?.get(reading) : undefined) ?? Number.NaN;
}
