/** Vehicles by the 17 bytes a frame names them with, so that a known one costs no text per report. */
import { parseVin, type Vin } from "@bellwether/contracts/vin";
import { trimPadding, VIN_BYTES } from "../frame.ts";

export interface KnownVin {
  readonly vin: Vin;
  /** The bytes as they came. */
  readonly bytes: Buffer;
}

export interface VinTable {
  /** The vehicle named at `at`; undefined where the bytes name none, which is not remembered. */
  at(bytes: Buffer, at: number): KnownVin | undefined;
}

const SLOTS = 2 ** 18;
/** With more vehicles the table begins anew: memory stays bounded, and looking one up stays a step or two. */
const VEHICLES_MAX = SLOTS / 2;

/** A table of at most 131,072 vehicles, open addressing over a hash of the bytes (FNV-1a). O(1) per look-up. */
export function createVinTable(): VinTable {
  let slots: (KnownVin | undefined)[] = new Array(SLOTS).fill(undefined);
  let vehicles = 0;

  function remember(bytes: Buffer, at: number, slot: number): KnownVin | undefined {
    const vin = parseVin(trimPadding(bytes.toString("latin1", at, at + VIN_BYTES)));
    if (vin === null) return undefined;
    if (++vehicles > VEHICLES_MAX) {
      slots = new Array(SLOTS).fill(undefined);
      vehicles = 1;
    }
    const known = { vin, bytes: Buffer.from(bytes.subarray(at, at + VIN_BYTES)) };
    slots[slot] = known;
    return known;
  }

  return {
    at(bytes, at) {
      let slot = hashOf(bytes, at) & (SLOTS - 1);
      for (;;) {
        const known = slots[slot];
        if (known === undefined) return remember(bytes, at, slot);
        if (isSame(known.bytes, bytes, at)) return known;
        slot = (slot + 1) & (SLOTS - 1);
      }
    },
  };
}

function hashOf(bytes: Buffer, at: number): number {
  let hash = 0x811c9dc5;
  for (let i = at; i < at + VIN_BYTES; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash ^ (hash >>> 15);
}

/** Compared from the end: vehicles of a fleet differ there. */
function isSame(known: Buffer, bytes: Buffer, at: number): boolean {
  for (let i = VIN_BYTES - 1; i >= 0; i--) if (known[i] !== bytes[at + i]) return false;
  return true;
}
