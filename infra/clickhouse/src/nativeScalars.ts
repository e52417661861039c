import { NUMBER_ARRAYS } from "./nativeType.ts";
import type { NativeWriter } from "./nativeWriter.ts";

/** What is being written, for the message when a value does not fit. */
export interface Target {
  readonly writer: NativeWriter;
  readonly column: string;
}

export type NumberType = keyof typeof NUMBER_ARRAYS;
export type Numbers = InstanceType<(typeof NUMBER_ARRAYS)[NumberType]>;

const TWO_32 = 2 ** 32;

/** A value of the wrong type reached the encoder: a bug in the caller. Says which kind of value, never the value itself. */
export function misfit(column: string, expected: string, value: unknown): TypeError {
  const got =
    value === null ? "null" : Array.isArray(value) ? "array" : typeof value === "number" ? "a number that does not fit" : typeof value;
  return new TypeError(`column ${column}: expected ${expected}, got ${got}`);
}

export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * `fillNumbers` for the element type of cells and probes. The same loop once more, because one that sees typed arrays of
 * several kinds is ten times slower in V8 and these are nine tenths of all values.
 */
function fillFloat32(into: Float32Array, at: number, values: ArrayLike<unknown>, column: string): number {
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "number") into[at + i] = value;
    else if (value === null || value === undefined) nulls++;
    else throw misfit(column, "a number", value);
  }
  return nulls;
}

/** Puts numbers into their typed array from `at` on; NULL becomes 0. Returns how many NULLs there were. */
export function fillNumbers(into: Numbers, at: number, values: ArrayLike<unknown>, column: string): number {
  if (into instanceof Float32Array) return fillFloat32(into, at, values, column);
  let nulls = 0;
  const isInteger = !(into instanceof Float64Array);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "number") {
      into[at + i] = value;
      // Typed arrays wrap around silently: 70000 would become 4464.
      if (isInteger && into[at + i] !== value) throw misfit(column, "an integer in range", value);
    } else if (value === null || value === undefined) nulls++;
    else throw misfit(column, "a number", value);
  }
  return nulls;
}

export function writeNumbers({ writer, column }: Target, width: NumberType, values: ArrayLike<unknown>): number {
  const ArrayType = NUMBER_ARRAYS[width];
  if (values instanceof ArrayType) {
    writer.bytes(bytesOf(values));
    return 0;
  }
  const numbers = new ArrayType(values.length);
  const nulls = fillNumbers(numbers, 0, values, column);
  writer.bytes(bytesOf(numbers));
  return nulls;
}

/** 64-bit integers as two halves: going through bigint would cost an allocation per value. */
export function writeInt64s({ writer, column }: Target, values: ArrayLike<unknown>): number {
  const halves = new Uint32Array(values.length * 2);
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "number") {
      if (!Number.isSafeInteger(value)) throw misfit(column, "an integer below 2^53", value);
      const high = Math.floor(value / TWO_32);
      halves[2 * i] = value - high * TWO_32;
      halves[2 * i + 1] = high;
    } else if (typeof value === "bigint") {
      halves[2 * i] = Number(BigInt.asUintN(32, value));
      halves[2 * i + 1] = Number(BigInt.asUintN(32, value >> 32n));
    } else if (value === null || value === undefined) nulls++;
    else throw misfit(column, "an integer", value);
  }
  writer.bytes(bytesOf(halves));
  return nulls;
}

export function writeBools({ writer, column }: Target, values: ArrayLike<unknown>): number {
  const flags = new Uint8Array(values.length);
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "boolean") flags[i] = value ? 1 : 0;
    else if (value === null || value === undefined) nulls++;
    else throw misfit(column, "a boolean", value);
  }
  writer.bytes(flags);
  return nulls;
}

/** A NULL is written as the enum's first code, because 0 need not be a member. */
export function writeEnums({ writer, column }: Target, codes: ReadonlyMap<string, number>, values: ArrayLike<unknown>): number {
  const written = new Int8Array(values.length);
  const [placeholder = 0] = codes.values();
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const code = typeof value === "string" ? codes.get(value) : undefined;
    if (code !== undefined) written[i] = code;
    else if (value === null || value === undefined) {
      written[i] = placeholder;
      nulls++;
    } else throw misfit(column, "a member of its enum", value);
  }
  writer.bytes(bytesOf(written));
  return nulls;
}

export function writeStrings({ writer, column }: Target, values: ArrayLike<unknown>): number {
  let nulls = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (typeof value === "string") writer.string(value);
    else if (value === null || value === undefined) {
      nulls++;
      writer.varUint(0);
    } else throw misfit(column, "a string", value);
  }
  return nulls;
}
