/** Lists of a frame (motors, cells, probes), straight into a row. Whole packs only: parts of one wait for each other elsewhere. */
import type { SignalName } from "@bellwether/contracts/signals";
import type { ReportRow } from "../../blocks/reportRow.ts";
import { uintAt, type Width } from "../bytes.ts";
import type { Codec } from "../fields.ts";
import { PLACES_MAX } from "../layout.ts";
import { type Places, placesOf, placesOfEntry, quantityOfEntry } from "./fieldPlaces.ts";
import { listField, type NumberField, placeOf, reasonOf } from "./readings.ts";

/** An item that lists the cells or probes of each subsystem. */
export interface PackItem {
  readonly numberAt: number;
  readonly numberMin: number;
  readonly numberMax: number;
  /** 2016 cells only: where the subsystem's total stands, because the frame may carry a part of it. */
  readonly totalAt: number | undefined;
  /** Bytes of an entry before its count. */
  readonly entryBytes: number;
  readonly countSize: Width;
  readonly elements: NumberField;
  /** By raw value, what an element reads; NaN where it reads nothing plausible. Cells and probes are most of what a report consists of. */
  readonly readings: Float64Array;
}

export function packItem(item: Codec<unknown> | undefined, signal: SignalName, numberKey: string): PackItem {
  const entry: Places = placesOfEntry(placesOf(item));
  const number = entry.byKey.get(numberKey)?.form;
  if (number?.kind !== "quantity" || entry.list === undefined) throw new TypeError("expected numbered subsystems with a list");
  const elements = listField(quantityOfEntry(entry), signal);
  return {
    numberAt: placeOf(entry, numberKey),
    numberMin: number.rawMin,
    numberMax: number.rawMax,
    totalAt: entry.byKey.get("cell_total")?.at,
    entryBytes: entry.bytes,
    countSize: entry.list.countSize === 1 ? 1 : 2,
    elements,
    readings: readingsOf(elements),
  };
}

function readingsOf({ size, rawMin, rawMax, rawOffset, perUnit, min, max }: NumberField): Float64Array {
  if (size > 2) throw new TypeError("expected elements of a byte or two");
  return Float64Array.from({ length: 2 ** (8 * size) }, (_, raw) => {
    const reading = (raw + rawOffset) / perUnit;
    return raw >= rawMin && raw <= rawMax && reading >= min && reading <= max ? reading : Number.NaN;
  });
}

/** Cells before each subsystem by its number; -1 where the frame does not speak of it. */
export class PackPlaces {
  readonly #before = new Int32Array(256).fill(-1);
  /** The highest number put since the last `clear`, before which subsystems come in ascending order. */
  #highest = -1;

  clear(): void {
    for (let number = 0; number <= this.#highest; number++) this.#before[number] = -1;
    this.#highest = -1;
  }

  put(number: number, before: number): void {
    this.#before[number] = before;
    this.#highest = number;
  }

  before(number: number): number {
    return this.#before[number] ?? -1;
  }
}

/**
 * Reads the item that begins behind its type byte at `at` and has been found to end before `end`. Subsystems must come in
 * ascending order and be whole; false where they are not and the general decoder has to look.
 */
export function readPackItem(bytes: Buffer, at: number, item: PackItem, places: PackPlaces, row: ReportRow): boolean {
  const packs = bytes[at] ?? 0;
  let next = at + 1;
  let previous = -1;
  let elements = 0;
  for (let pack = 0; pack < packs; pack++) {
    const listAt = next + item.entryBytes + item.countSize;
    const count = uintAt(bytes, listAt - item.countSize, item.countSize);
    const number = packNumber(bytes[next + item.numberAt] ?? 0, item);
    if (number <= previous || !isWhole(bytes, next, count, item)) return false;
    if (!readPackElements(bytes, listAt, count, item, row)) return false;
    places.put(number, elements);
    previous = number;
    elements += count;
    next = listAt + count * item.elements.size;
  }
  return packs === 1 || elements <= PLACES_MAX;
}

function packNumber(raw: number, { numberMin, numberMax }: PackItem): number {
  return raw >= numberMin && raw <= numberMax ? raw : 1;
}

/** Where the item behind this one begins, or -1 where it does not fit or has no subsystems. */
export function skipPackItem(bytes: Buffer, at: number, end: number, { entryBytes, countSize, elements }: PackItem): number {
  const packs = bytes[at] ?? 0;
  let next = at + 1;
  if (packs === 0 || packs >= COUNT_SENTINELS[1]) return -1;
  for (let pack = 0; pack < packs; pack++) {
    const listAt = next + entryBytes + countSize;
    if (listAt > end) return -1;
    next = listAt + uintAt(bytes, listAt - countSize, countSize) * elements.size;
  }
  return next;
}

const COUNT_SENTINELS: Readonly<Record<Width, number>> = { 1: 0xfe, 2: 0xfffe, 4: 0xffff_fffe };
const TOTAL_MAX = 65_531;

/** Whether an entry speaks of every cell of its subsystem. The first cell's number says no more once all are there. */
function isWhole(bytes: Buffer, entryAt: number, count: number, { totalAt, countSize }: PackItem): boolean {
  if (count === 0 || count >= COUNT_SENTINELS[countSize]) return false;
  if (totalAt === undefined) return true;
  const total = uintAt(bytes, entryAt + totalAt, 2);
  if (total >= 1 && total <= TOTAL_MAX && total !== count) return false;
  const first = uintAt(bytes, entryAt + totalAt + 2, 2);
  return first <= 1;
}

/** Where elements stand in a frame, and the place of the first in the row's elements. */
interface Stretch {
  readonly at: number;
  readonly count: number;
  readonly stride: number;
  readonly to: number;
}

/** Reads the elements of a subsystem; false where one is not plausible. */
function readPackElements(bytes: Buffer, at: number, count: number, { elements, readings }: PackItem, row: ReportRow): boolean {
  const stretch = { at, count, stride: elements.size, to: row.addToList(elements.position, count) };
  const isRead = elements.size === 2 ? lookUpWords(bytes, stretch, readings, row) : lookUpBytes(bytes, stretch, readings, row);
  return isRead || readWithCare(bytes, stretch, elements, row);
}

/** False where an element has no reading: a sum with NaN in it is NaN. */
function lookUpWords(bytes: Buffer, { at, count, to }: Stretch, readings: Float64Array, { elements }: ReportRow): boolean {
  let sum = 0;
  for (let i = 0, from = at; i < count; i++, from += 2) {
    const reading = readings[((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0)] ?? Number.NaN;
    elements[to + i] = reading;
    sum += reading;
  }
  return !Number.isNaN(sum);
}

function lookUpBytes(bytes: Buffer, { at, count, to }: Stretch, readings: Float64Array, { elements }: ReportRow): boolean {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const reading = readings[bytes[at + i] ?? 0] ?? Number.NaN;
    elements[to + i] = reading;
    sum += reading;
  }
  return !Number.isNaN(sum);
}

/** Reads the numbers of a stretch and marks those that stand for none; false where one is not plausible. */
function readWithCare(bytes: Buffer, { at, count, stride, to }: Stretch, field: NumberField, row: ReportRow): boolean {
  const { size, rawMin, rawMax, rawOffset, perUnit, min, max, signal } = field;
  const { elements } = row;
  for (let i = 0, from = at; i < count; i++, from += stride) {
    const raw = uintAt(bytes, from, size);
    if (raw >= rawMin && raw <= rawMax) {
      const reading = (raw + rawOffset) / perUnit;
      if (reading < min || reading > max) return false;
      elements[to + i] = reading;
    } else {
      row.mark(signal, reasonOf(raw, size));
      elements[to + i] = Number.NaN;
    }
  }
  return true;
}

export interface MotorItem {
  readonly fields: readonly NumberField[];
  readonly entryBytes: number;
}

/** One list per field, an element per motor. */
export function readMotors(bytes: Buffer, at: number, end: number, { fields, entryBytes }: MotorItem, row: ReportRow): number {
  const count = bytes[at] ?? 0;
  const next = at + 1 + count * entryBytes;
  if (count >= COUNT_SENTINELS[1] || next > end) return -1;
  if (count === 0) return next;
  for (const field of fields) {
    const stretch = { at: at + 1 + field.at, count, stride: entryBytes, to: row.addToList(field.position, count) };
    if (!readWithCare(bytes, stretch, field, row)) return -1;
  }
  return next;
}
