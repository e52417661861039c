import type { NativeColumn, PackedValues, PackedWords } from "@bellwether/clickhouse/native";

/**
 * Columns that grow row by row, in flat memory: nothing of a report stays behind for the garbage collector. NaN stands for a missing
 * number. Columns are cleared and filled again, block after block: fresh memory costs more than what is written into it.
 */

const FIRST_ROWS = 1024;
/** Elements a list is expected to have at first: a pack's worth of cells. */
const FIRST_ELEMENTS_PER_ROW = 16;

/** Typed arrays that `encodeNative` can take as they are. */
type NumbersType =
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor;

/** Zeros to be read, never written: the null map of a column in which nothing is missing. */
let zeros = new Uint8Array(FIRST_ROWS);
function zerosOf(length: number): Uint8Array {
  if (length > zeros.length) zeros = new Uint8Array(Math.max(length, zeros.length * 2));
  return zeros.subarray(0, length);
}

/** A column of one number per row; rows without one are NULL where the column is Nullable. */
export class NumberColumn {
  /** All kinds are collected as doubles, because code that sees arrays of several kinds is ten times slower in V8. */
  #numbers = new Float64Array(FIRST_ROWS).fill(Number.NaN);
  /** Rows that have a number, each put once. */
  #filled = 0;

  put(row: number, reading: number): void {
    if (row >= this.#numbers.length) this.#grow(row + 1);
    this.#numbers[row] = reading;
    this.#filled++;
  }

  /** Puts the numbers of `count` rows, which stand `stride` places apart in `from`; NaN is no number. */
  putAll(row: number, from: Float64Array, start: number, { stride, count }: { readonly stride: number; readonly count: number }): void {
    if (row + count > this.#numbers.length) this.#grow(row + count);
    const numbers = this.#numbers;
    let filled = 0;
    for (let i = 0, at = start; i < count; i++, at += stride) {
      const reading = from[at] ?? Number.NaN;
      numbers[row + i] = reading;
      if (!Number.isNaN(reading)) filled++;
    }
    this.#filled += filled;
  }

  /** The row's number, NaN where it has none. */
  at(row: number): number {
    return row < this.#numbers.length ? (this.#numbers[row] ?? Number.NaN) : Number.NaN;
  }

  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  /** Rows there is room for. */
  get room(): number {
    return this.#numbers.length;
  }

  /** Forgets the numbers of so many rows, and keeps the room for them. */
  clear(rows: number): void {
    this.#numbers.fill(Number.NaN, 0, rows);
    this.#filled = 0;
  }

  /** The numbers of all rows, none of which may be missing. */
  numbers(rows: number): Float64Array<ArrayBuffer> {
    if (rows > this.#numbers.length) this.#grow(rows);
    return this.#numbers.subarray(0, rows);
  }

  /** For a Nullable column; `placeholder` stands where the value is NULL, because an enum has no member 0. */
  packed(rows: number, ArrayType: NumbersType, placeholder = 0): PackedValues {
    const source = this.numbers(rows);
    if (this.#filled === rows)
      return { length: rows, numbers: ArrayType === Float64Array ? source : new ArrayType(source), nulls: zerosOf(rows) };
    const nulls = new Uint8Array(rows);
    // A copy, because the column may be packed again when an insert is repeated.
    const filled = new Float64Array(source);
    for (let i = 0; i < rows; i++) {
      const number = filled[i] ?? 0;
      if (!Number.isNaN(number)) continue;
      nulls[i] = 1;
      filled[i] = placeholder;
    }
    return { length: rows, numbers: ArrayType === Float64Array ? filled : new ArrayType(filled), nulls };
  }

  #grow(needed: number): void {
    const used = this.#numbers.length;
    const numbers = new Float64Array(Math.max(used * 2, needed)).fill(Number.NaN, used);
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

/** A column of lists of Nullable Float32; rows without one have an empty list. Rows must come in ascending order. */
export class ListColumn {
  #numbers = new Float32Array(FIRST_ROWS * FIRST_ELEMENTS_PER_ROW);
  #elements = 0;
  #missing = 0;
  #lengths: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_ROWS);

  get isEmpty(): boolean {
    return this.#elements === 0;
  }

  /** Forgets the lists of so many rows, and keeps the room for them. */
  clear(rows: number): void {
    this.#lengths.fill(0, 0, rows);
    this.#elements = 0;
    this.#missing = 0;
  }

  /** Appends the elements of `from` between two positions as the row's list. */
  put(row: number, from: Float64Array, start: number, end: number): void {
    if (row >= this.#lengths.length) this.#lengths = grown(this.#lengths, row + 1);
    this.#lengths[row] = end - start;
    let at = this.#elements;
    if (at + end - start > this.#numbers.length) this.#growElements(at + end - start);
    const numbers = this.#numbers;
    for (let i = start; i < end; i++) {
      const element = from[i] ?? Number.NaN;
      if (Number.isNaN(element)) this.#missing++;
      numbers[at++] = element;
    }
    this.#elements = at;
  }

  packed(rows: number): PackedValues {
    if (rows > this.#lengths.length) this.#lengths = grown(this.#lengths, rows);
    const elements = this.#elements;
    const lengths = this.#lengths.subarray(0, rows);
    const numbers = this.#numbers.subarray(0, elements);
    if (this.#missing === 0) return { length: rows, numbers, nulls: zerosOf(elements), lengths };
    const nulls = new Uint8Array(elements);
    const filled = new Float32Array(numbers);
    for (let i = 0; i < elements; i++) {
      const number = filled[i] ?? 0;
      if (!Number.isNaN(number)) continue;
      nulls[i] = 1;
      filled[i] = 0;
    }
    return { length: rows, numbers: filled, nulls, lengths };
  }

  #growElements(needed: number): void {
    const numbers = new Float32Array(Math.max(this.#numbers.length * 2, needed));
    numbers.set(this.#numbers);
    this.#numbers = numbers;
  }
}

/** A column of texts that repeat: each text is kept once. */
export class WordColumn {
  readonly #positions = new Map<string, number>();
  #indexes: Uint32Array<ArrayBuffer> = new Uint32Array(FIRST_ROWS);
  #lastWord = "";
  #lastPosition = -1;

  /** Forgets all texts, and keeps the room for as many rows. */
  clear(): void {
    this.#positions.clear();
    this.#lastPosition = -1;
  }

  /** Sets the row's text; returns the text's position among the column's texts. */
  put(row: number, word: string): number {
    if (row >= this.#indexes.length) this.#indexes = grown(this.#indexes, row + 1);
    const position = word === this.#lastWord && this.#lastPosition >= 0 ? this.#lastPosition : this.#positionOf(word);
    this.#indexes[row] = position;
    return position;
  }

  packed(rows: number): PackedWords {
    if (rows > this.#indexes.length) this.#indexes = grown(this.#indexes, rows);
    return { length: rows, words: [...this.#positions.keys()], indexes: this.#indexes.subarray(0, rows) };
  }

  #positionOf(word: string): number {
    let position = this.#positions.get(word);
    if (position === undefined) {
      position = this.#positions.size;
      this.#positions.set(word, position);
    }
    this.#lastWord = word;
    this.#lastPosition = position;
    return position;
  }
}

/** A column that has the same text in every row. */
export function constantWord(name: string, word: string, rows: number): NativeColumn {
  return { name, type: "LowCardinality(String)", values: { length: rows, words: [word], indexes: new Uint32Array(rows) } };
}

function grown(numbers: Uint32Array, needed: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(numbers.length * 2, needed));
  larger.set(numbers);
  return larger;
}
