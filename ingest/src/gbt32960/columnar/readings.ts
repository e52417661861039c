/** Single values of a frame, straight into a row. */
import type { QualityReason } from "@bellwether/contracts/sample";
import type { SignalName } from "@bellwether/contracts/signals";
import { plausibleRange } from "../../arrival/validate.ts";
import type { ReportRow } from "../../blocks/reportRow.ts";
import { listAt, scalarAt, storedNumber } from "../../blocks/signalColumns.ts";
import { uintAt, type Width } from "../bytes.ts";
import { ABNORMAL, INVALID } from "../fields.ts";
import type { Places, QuantityForm } from "./fieldPlaces.ts";

/** A scaled number at a place of an item, and the signal it is. */
export interface NumberField {
  readonly at: number;
  readonly size: Width;
  readonly rawMin: number;
  readonly rawMax: number;
  readonly rawOffset: number;
  readonly perUnit: number;
  readonly signal: SignalName;
  /** Position of the signal among the single values, or among the lists. */
  readonly position: number;
  /** Plausible values, both ends included. */
  readonly min: number;
  readonly max: number;
}

/** A named code at a place of an item: the number each byte is stored as, NaN for bytes that name nothing. */
export interface WordField {
  readonly at: number;
  readonly signal: SignalName;
  readonly position: number;
  readonly stored: Float64Array;
}

export function numberField(places: Places, key: string, signal: SignalName, kind: "scalar" | "list" = "scalar"): NumberField {
  const place = places.byKey.get(key);
  if (place?.form.kind !== "quantity") throw new TypeError(`expected a number under ${key}`);
  return listField(place.form, signal, { at: place.at, position: kind === "scalar" ? scalarAt(signal) : listAt(signal) });
}

/** The elements of a list that is one number after the other. */
export function listField(
  { size, perUnit, rawOffset, rawMin, rawMax }: QuantityForm,
  signal: SignalName,
  { at = 0, position = listAt(signal) }: { at?: number; position?: number } = {},
): NumberField {
  return { at, size, perUnit, rawOffset, rawMin, rawMax, signal, position, ...plausibleRange(signal) };
}

export function wordField(places: Places, key: string, signal: SignalName): WordField {
  const place = places.byKey.get(key);
  if (place?.form.kind !== "word") throw new TypeError(`expected a named code under ${key}`);
  const stored = new Float64Array(256).fill(Number.NaN);
  for (const [code, word] of place.form.byCode) stored[code] = storedNumber(signal, word);
  return { at: place.at, signal, position: scalarAt(signal), stored };
}

/** Where a field lies whose value is no signal by itself. */
export function placeOf(places: Places, key: string): number {
  const place = places.byKey.get(key);
  if (place === undefined) throw new TypeError(`expected a field ${key}`);
  return place.at;
}

/**
 * Reads a number of the item at `base`: a value, or a mark for why there is none. False where the value is not plausible, which
 * only the general decoder judges.
 */
export function readNumber(bytes: Buffer, base: number, field: NumberField, row: ReportRow): boolean {
  const raw = uintAt(bytes, base + field.at, field.size);
  if (raw < field.rawMin || raw > field.rawMax) {
    row.mark(field.signal, reasonOf(raw, field.size));
    return true;
  }
  const reading = (raw + field.rawOffset) / field.perUnit;
  if (reading < field.min || reading > field.max) return false;
  row.numbers[field.position] = reading;
  return true;
}

/** As `readNumber`, for several fields of one item, in their order. */
export function readNumbers(bytes: Buffer, base: number, fields: readonly NumberField[], row: ReportRow): boolean {
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    if (field !== undefined && !readNumber(bytes, base, field, row)) return false;
  }
  return true;
}

export function readWord(bytes: Buffer, base: number, { at, stored, position, signal }: WordField, row: ReportRow): void {
  const raw = bytes[base + at] ?? 0;
  const number = stored[raw] ?? Number.NaN;
  if (!Number.isNaN(number)) row.numbers[position] = number;
  else row.mark(signal, reasonOf(raw, 1));
}

/** Why a raw value stands for none: a sentinel of its width, or a value the standard does not allow. */
export function reasonOf(raw: number, size: Width): QualityReason {
  if (raw === ABNORMAL[size]) return "abnormal";
  return raw === INVALID[size] ? "invalid" : "out_of_range";
}
