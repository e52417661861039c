/**
 * What GB/T 32960 has no field for, sent as this maker's own item behind the standard ones, as real makers do. The layout
 * is the one ingest reads: `ingest/layouts/simulated-maker.yaml`.
 */
import type { SignalName, SignalValues } from "@bellwether/contracts/signals";
import { ENVELOPE_BYTES, OFFSETS } from "@bellwether/ingest/gbt32960/frame";

interface Field {
  readonly signal: Extract<
    SignalName,
    "auxVoltageV" | "auxCurrentA" | `${string}TempC` | `${string}Kpa` | `${string}WornPct` | "chargePowerKw"
  >;
  readonly perUnit: number;
  readonly offset: number;
}

const FIELDS: readonly Field[] = [
  { signal: "auxVoltageV", perUnit: 100, offset: 0 },
  { signal: "auxCurrentA", perUnit: 10, offset: -1000 },
  { signal: "ambientTempC", perUnit: 10, offset: -60 },
  { signal: "coolantTempC", perUnit: 10, offset: -60 },
  { signal: "chargePortTempC", perUnit: 10, offset: -60 },
  { signal: "chargePowerKw", perUnit: 10, offset: 0 },
  { signal: "tyrePressureFlKpa", perUnit: 10, offset: 0 },
  { signal: "tyrePressureFrKpa", perUnit: 10, offset: 0 },
  { signal: "tyrePressureRlKpa", perUnit: 10, offset: 0 },
  { signal: "tyrePressureRrKpa", perUnit: 10, offset: 0 },
  { signal: "brakePadFlWornPct", perUnit: 10, offset: 0 },
  { signal: "brakePadFrWornPct", perUnit: 10, offset: 0 },
  { signal: "brakePadRlWornPct", perUnit: 10, offset: 0 },
  { signal: "brakePadRrWornPct", perUnit: 10, offset: 0 },
];
const TYPE = 0x82;
const HEAD_BYTES = 3;
const FIELD_BYTES = 2;
const INVALID = 0xffff;

/** Length of the item with its type and length. */
export const MAKER_ITEM_BYTES = HEAD_BYTES + FIELD_BYTES * FIELDS.length;

/** The frame with the item, still empty, before its check byte. */
export function withMakerItem(frame: Buffer): Buffer {
  const longer = Buffer.alloc(frame.length + MAKER_ITEM_BYTES, INVALID & 0xff);
  const at = frame.length - 1;
  frame.copy(longer, 0, 0, at);
  longer[at] = TYPE;
  longer.writeUInt16BE(MAKER_ITEM_BYTES - HEAD_BYTES, at + 1);
  longer.writeUInt16BE(longer.length - ENVELOPE_BYTES, OFFSETS.dataLength);
  return longer;
}

/** Writes the item's numbers at its place in a frame; what is not known becomes "invalid". */
export function patchMakerItem(frame: Buffer, at: number, values: SignalValues): void {
  let to = at + HEAD_BYTES;
  for (const { signal, perUnit, offset } of FIELDS) {
    const sensed = values[signal];
    const raw = typeof sensed === "number" ? Math.round((sensed - offset) * perUnit) : INVALID;
    frame[to] = raw >>> 8;
    frame[to + 1] = raw & 0xff;
    to += FIELD_BYTES;
  }
}
