/** Lists of a frame (motors, cells, probes), straight into a row. Whole packs only: parts of one wait for each other elsewhere. */
import type { SignalName } from "@bellwether/contracts/signals";
import type { ReportRow } from "../../reportRow.ts";
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
}

export function packItem(item: Codec<unknown> | undefined, signal: SignalName, numberKey: string): PackItem {
  const entry: Places = placesOfEntry(placesOf(item));
  const number = entry.byKey.get(numberKey)?.form;
  if (number?.kind !== "quantity" || entry.list === undefined) throw new TypeError("expected numbered subsystems with a list");
  return {
    numberAt: placeOf(entry, numberKey),
    numberMin: number.rawMin,
    numberMax: number.rawMax,
    totalAt: entry.byKey.get("cell_total")?.at,
    entryBytes: entry.bytes,
    countSize: entry.list.countSize === 1 ? 1 : 2,
    elements: listField(quantityOfEntry(entry), signal),
  };
}

/** Cells before each subsystem by its number; -1 where the frame does not speak of it. */
export class PackPlaces {
  readonly before = new Int32Array(256).fill(-1);
  clear(): void {
    this.before.fill(-1);
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
    if (!readElements(bytes, listAt, { count, stride: item.elements.size }, item.elements, row)) return false;
    places.before[number] = elements;
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

/** Reads `count` numbers, `stride` bytes apart; false where one is not plausible. */
function readElements(
  bytes: Buffer,
  at: number,
  { count, stride }: { count: number; stride: number },
  field: NumberField,
  row: ReportRow,
): boolean {
  const { size, rawMin, rawMax, rawOffset, perUnit, min, max, position, signal } = field;
  let to = row.addToList(position, count);
  const { elements } = row;
  const end = at + count * stride;
  for (let from = at; from < end; from += stride) {
    const raw = uintAt(bytes, from, size);
    if (raw >= rawMin && raw <= rawMax) {
      const reading = (raw + rawOffset) / perUnit;
      if (reading < min || reading > max) return false;
      elements[to++] = reading;
    } else {
      row.mark(signal, reasonOf(raw, size));
      elements[to++] = Number.NaN;
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
  for (const field of fields) if (!readElements(bytes, at + 1 + field.at, { count, stride: entryBytes }, field, row)) return -1;
  return next;
}
