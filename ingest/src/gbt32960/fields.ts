/**
 * The building blocks of the field tables. A table row names a printed key and how its raw integer turns into
 * a reading; the same row reads, writes and therefore also types the item. What a row reads is exactly what is
 * printed, and every raw value has its own reading, so writing what was read gives the same bytes back. The one
 * exception is the padding of text, which is not read: blanks and NULs at the end of a field are written as NULs.
 */
import { type ByteWriter, type Cursor, uintAt, type Width } from "./bytes.ts";

export type Sentinel = "abnormal" | "invalid";
/** A raw value beyond the range the standard allows and not a sentinel: it must never be scaled. */
export interface OutOfRange {
  readonly out_of_range_raw: number;
}
export interface ReservedCode {
  readonly reserved_raw: number;
}
export type Quantity = number | Sentinel | OutOfRange;
export type Word<W extends string> = W | Sentinel | ReservedCode;
/** A count that equals a sentinel means that no entries follow. */
export type Count = number | Sentinel;

export interface Codec<T> {
  /** How the bytes turn into the reading, where that can be said in figures: what a faster reader goes by (frameReader.ts). */
  readonly form?: Form;
  read(cursor: Cursor): T;
  /** Reads a whole list where that is much cheaper than entry by entry: cell arrays are most of a report. */
  readList?(cursor: Cursor, length: number): T[];
  write(writer: ByteWriter, reading: T): void;
}

/** A scaled number of a width, a named code, or a sequence of keys. */
export type Form =
  | {
      readonly kind: "quantity";
      readonly size: Width;
      readonly perUnit: number;
      readonly rawOffset: number;
      readonly rawMin: number;
      readonly rawMax: number;
    }
  | { readonly kind: "word"; readonly size: 1; readonly byCode: ReadonlyMap<number, string> }
  | { readonly kind: "integer"; readonly size: Width }
  | { readonly kind: "struct"; readonly rows: readonly Row<object>[] };

/** One or more keys of an item that are read and written together. */
export interface Row<T extends object> {
  /** Present where the row is one key of fixed width. */
  readonly field?: { readonly key: string; readonly form: Form };
  /** Entries of a list whose count stands before them. */
  readonly counted?: { readonly size: Width; readonly entry: Form };
  read(cursor: Cursor, into: Record<string, unknown>): void;
  write(writer: ByteWriter, from: T): void;
}

/** The reading a codec produces. */
export type ReadingOf<C> = C extends Codec<infer T> ? T : never;

type Joined<R extends readonly Row<object>[]> = R extends readonly [Row<infer A>, ...infer Rest extends readonly Row<object>[]]
  ? A & Joined<Rest>
  : unknown;
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** A sequence of rows, read into one object. */
export function struct<const R extends readonly Row<object>[]>(...rows: R): Codec<Flat<Joined<R>>>;
export function struct(...rows: Row<object>[]): Codec<object> {
  return {
    form: { kind: "struct", rows },
    read(cursor) {
      const into: Record<string, unknown> = {};
      for (const row of rows) row.read(cursor, into);
      return into;
    },
    write(writer, reading) {
      for (const row of rows) row.write(writer, reading);
    },
  };
}

/** A row with one key. */
export function row<K extends string, T>(key: K, codec: Codec<T>): Row<Readonly<Record<K, T>>> {
  return {
    ...(codec.form === undefined ? {} : { field: { key, form: codec.form } }),
    read(cursor, into) {
      into[key] = codec.read(cursor);
    },
    write(writer, from) {
      codec.write(writer, from[key]);
    },
  };
}

/** A row that is there when at least `bytes` bytes are left; `key` is the one that says so when writing. */
export function optional<T extends object>(key: keyof T, inner: Row<T>, bytes: number): Row<Partial<T>> {
  const isPresent = (from: Partial<T>): from is T => from[key] !== undefined;
  return {
    read(cursor, into) {
      if (cursor.left() >= bytes) inner.read(cursor, into);
    },
    write(writer, from) {
      if (isPresent(from)) inner.write(writer, from);
    },
  };
}

/** The type byte of an item with the name it is printed under. The type byte itself has already been read. */
export function item<const T extends number, const N extends string>(type: T, name: N): Row<{ readonly type: T; readonly name: N }> {
  return {
    read(_cursor, into) {
      into["type"] = type;
      into["name"] = name;
    },
    write(writer) {
      writer.uint(type, 1);
    },
  };
}

export interface Scale {
  /** Raw steps per unit: 10 where the standard says 0.1. Integers keep the division exact to the last digit. */
  readonly perUnit?: number;
  /** Physical value of raw 0, in the unit. */
  readonly offset?: number;
  readonly rawMin?: number;
  readonly rawMax?: number;
}

export const ABNORMAL = { 1: 0xfe, 2: 0xfffe, 4: 0xfffffffe } as const;
export const INVALID = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;

/** A scaled number with sentinels of its own width; a number the field cannot carry is written as "abnormal". */
export function quantity(size: Width, scale: Scale = {}): Codec<Quantity> {
  const { perUnit = 1, offset = 0, rawMin = 0, rawMax = ABNORMAL[size] - 1 } = scale;
  const rawOffset = Math.round(offset * perUnit);
  const rawNumber = (reading: number): number => {
    const raw = Math.round(reading * perUnit) - rawOffset;
    return raw >= rawMin && raw <= rawMax ? raw : ABNORMAL[size];
  };
  return {
    form: { kind: "quantity", size, perUnit, rawOffset, rawMin, rawMax },
    read(cursor) {
      const raw = cursor.uint(size);
      if (raw >= rawMin && raw <= rawMax) return (raw + rawOffset) / perUnit;
      return sentinelOf(raw, size) ?? { out_of_range_raw: raw };
    },
    readList(cursor, length) {
      const list: Quantity[] = [];
      const { bytes, at } = cursor;
      const end = at + cursor.skip(length * size);
      for (let from = at; from < end; from += size) {
        const raw = uintAt(bytes, from, size);
        list.push(raw >= rawMin && raw <= rawMax ? (raw + rawOffset) / perUnit : (sentinelOf(raw, size) ?? { out_of_range_raw: raw }));
      }
      return list;
    },
    write(writer, reading) {
      writer.uint(typeof reading === "number" ? rawNumber(reading) : rawOf(reading, size), size);
    },
  };
}

function sentinelOf(raw: number, size: Width): Sentinel | undefined {
  if (raw === ABNORMAL[size]) return "abnormal";
  return raw === INVALID[size] ? "invalid" : undefined;
}

function rawOf(reading: Sentinel | OutOfRange, size: Width): number {
  if (reading === "abnormal") return ABNORMAL[size];
  return reading === "invalid" ? INVALID[size] : reading.out_of_range_raw;
}

/** A BYTE whose codes have names; `words` start at code 1 unless given with their codes. */
export function word<const W extends string>(words: readonly W[] | Readonly<Record<number, W>>): Codec<Word<W>> {
  const byCode = new Map<number, W>(
    Array.isArray(words) ? words.map((name, i) => [i + 1, name]) : Object.entries(words).map(([code, name]) => [Number(code), name]),
  );
  const codes = new Map<unknown, number>([...byCode].map(([code, name]) => [name, code]));
  codes.set("abnormal", ABNORMAL[1]).set("invalid", INVALID[1]);
  return {
    form: { kind: "word", size: 1, byCode },
    read(cursor) {
      const raw = cursor.uint(1);
      return byCode.get(raw) ?? sentinelOf(raw, 1) ?? { reserved_raw: raw };
    },
    write(writer, reading) {
      writer.uint(typeof reading === "object" ? reading.reserved_raw : (codes.get(reading) ?? INVALID[1]), 1);
    },
  };
}

/** An unsigned integer as it stands, without sentinels. */
export function integer(size: Width): Codec<number> {
  return {
    form: { kind: "integer", size },
    read: (cursor) => cursor.uint(size),
    write: (writer, reading) => writer.uint(reading, size),
  };
}

/** A number of entries that follow. */
export function count(size: Width): Codec<Count> {
  return {
    read(cursor) {
      const raw = cursor.uint(size);
      return sentinelOf(raw, size) ?? raw;
    },
    write(writer, reading) {
      writer.uint(typeof reading === "number" ? reading : rawOf(reading, size), size);
    },
  };
}

/** A count under one key and its entries under the next. */
export function counted<CK extends string, LK extends string, T>(
  countKey: CK,
  size: Width,
  listKey: LK,
  entry: Codec<T>,
): Row<Readonly<Record<CK, Count>> & Readonly<Record<LK, readonly T[]>>> {
  const counter = count(size);
  return {
    ...(entry.form === undefined ? {} : { counted: { size, entry: entry.form } }),
    read(cursor, into) {
      const entries = counter.read(cursor);
      into[countKey] = entries;
      into[listKey] = typeof entries === "number" ? readList(cursor, entries, entry) : [];
    },
    write(writer, from) {
      counter.write(writer, from[countKey]);
      const entries: readonly T[] = from[listKey];
      for (const one of entries) entry.write(writer, one);
    },
  };
}

/** `length` entries, or as many as there are: a count larger than the data ends with the data, not with its number. */
export function readList<T>(cursor: Cursor, length: number, entry: Codec<T>): T[] {
  if (entry.readList !== undefined) return entry.readList(cursor, length);
  const list: T[] = [];
  for (let i = 0; i < length && !cursor.isShort; i++) list.push(entry.read(cursor));
  return list;
}

/** A length under one key and as many bytes as hex text under the next. */
export function blob<CK extends string, HK extends string>(
  lengthKey: CK,
  size: Width,
  hexKey: HK,
): Row<Readonly<Record<CK, number> & Record<HK, string>>> {
  return {
    read(cursor, into) {
      const length = cursor.uint(size);
      into[lengthKey] = length;
      into[hexKey] = cursor.take(length).toString("hex");
    },
    write(writer, from) {
      writer.uint(from[lengthKey], size);
      writer.bytes(Buffer.from(from[hexKey], "hex"));
    },
  };
}

/** A BYTE, WORD or DWORD quantity under a key. */
export const byte = <K extends string>(key: K, scale?: Scale) => row(key, quantity(1, scale));
export const short = <K extends string>(key: K, scale?: Scale) => row(key, quantity(2, scale));
export const long = <K extends string>(key: K, scale?: Scale) => row(key, quantity(4, scale));
/** A named code under a key. */
export const state = <K extends string, const W extends string>(key: K, words: readonly W[]) => row(key, word(words));
/** A one-byte temperature, 1 °C per step from -40 °C. */
export const temperature = <K extends string>(key: K) => row(key, TEMPERATURE);
export const TEMPERATURE = quantity(1, { offset: -40, rawMax: 250 });
