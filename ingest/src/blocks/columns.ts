import type { NativeColumn, PackedValues, PackedWords } from "@bellwether/clickhouse/native";

/**
 * Columns that grow row by row, in flat memory: nothing of a report stays behind for the garbage collector. NaN stands for a missing
 * number. Columns are cleared and filled again, block after block: fresh memory costs more than what is written into it.
 */

const FIRST_ROWS = 1024;
/** Elements a list is expected to have at first: a pack's worth of cells. */
const FIRST_ELEMENTS_PER_ROW = 16;

/** From 1,024 in four steps to the 40,000 rows of a full block, and not far beyond: what is never filled makes the garbage collector hurry all the same. */
const GROWTH = 2.5;

function roomFor(needed: number, room: number): number {
  return Math.max(Math.ceil(room * GROWTH), needed);
}

/** Typed arrays that `encodeNative` can take as they are. */
type NumbersType =
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor;

type Numbers = InstanceType<NumbersType>;

/** Zeros to be read, never written: the null map of a column in which nothing is missing. */
let zeros = new Uint8Array(FIRST_ROWS);
function zerosOf(length: number): Uint8Array {
  if (length > zeros.length) zeros = new Uint8Array(Math.max(length, zeros.length * 2));
  return zeros.subarray(0, length);
}

/** A column of one number per row; rows without one are NULL where the column is Nullable. */
export class NumberColumn {
  /** All kinds are collected as doubles, because code that sees arrays of several kinds is ten times slower in V8. */
  #numbers: Float64Array<ArrayBuffer> = new Float64Array(FIRST_ROWS);
  /** Rows that were put; what the memory holds behind them is of earlier blocks. */
  #rows = 0;
  /** Rows that have a number, each put once. */
  #filled = 0;
  /** What `packed` hands out. */
  #packed: Numbers | undefined;

  put(row: number, reading: number): void {
    this.#reach(row);
    if (row >= this.#numbers.length) this.#grow(row + 1);
    this.#numbers[row] = reading;
    if (row >= this.#rows) this.#rows = row + 1;
    this.#filled++;
  }

  /** Puts the numbers of `count` rows, which stand `stride` places apart in `from`; NaN is no number. */
  putAll(row: number, from: Float64Array, start: number, { stride, count }: { readonly stride: number; readonly count: number }): void {
    this.#reach(row);
    if (row + count > this.#numbers.length) this.#grow(row + count);
    const numbers = this.#numbers;
    let filled = 0;
    for (let i = 0, at = start; i < count; i++, at += stride) {
      const reading = from[at] ?? Number.NaN;
      numbers[row + i] = reading;
      if (!Number.isNaN(reading)) filled++;
    }
    this.#rows = row + count;
    this.#filled += filled;
  }

  /** The row's number, NaN where it has none. */
  at(row: number): number {
    return row < this.#rows ? (this.#numbers[row] ?? Number.NaN) : Number.NaN;
  }

  get isEmpty(): boolean {
    return this.#filled === 0;
  }

  /** Rows there is room for. */
  get room(): number {
    return this.#numbers.length;
  }

  /** Forgets the numbers, and keeps the room for them. */
  clear(): void {
    this.#rows = 0;
    this.#filled = 0;
  }

  /** The numbers of all rows. */
  numbers(rows: number): Float64Array<ArrayBuffer> {
    this.#reach(rows);
    return this.#numbers.subarray(0, rows);
  }

  /** For a Nullable column; `placeholder` stands where the value is NULL, because an enum has no member 0. Holds until it is packed for other rows. */
  packed(rows: number, ArrayType: NumbersType, placeholder = 0): PackedValues {
    const source = this.numbers(rows);
    const numbers = this.#memoryFor(rows, ArrayType);
    numbers.set(source);
    if (this.#filled === rows) return { length: rows, numbers, nulls: zerosOf(rows) };
    const nulls = new Uint8Array(rows);
    for (let i = 0; i < rows; i++) {
      if (!Number.isNaN(source[i])) continue;
      nulls[i] = 1;
      numbers[i] = placeholder;
    }
    return { length: rows, numbers, nulls };
  }

  #memoryFor(rows: number, ArrayType: NumbersType): Numbers {
    if (!(this.#packed instanceof ArrayType) || this.#packed.length < rows) this.#packed = new ArrayType(this.#numbers.length);
    return this.#packed.subarray(0, rows);
  }

  /** Rows that were passed over up to this one have no number. */
  #reach(row: number): void {
    if (row <= this.#rows) return;
    if (row > this.#numbers.length) this.#grow(row);
    this.#numbers.fill(Number.NaN, this.#rows, row);
    this.#rows = row;
  }

  #grow(needed: number): void {
    const numbers = new Float64Array(roomFor(needed, this.#numbers.length));
    numbers.set(this.#numbers.subarray(0, this.#rows));
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
    const numbers = new Float32Array(roomFor(needed, this.#numbers.length));
    numbers.set(this.#numbers.subarray(0, this.#elements));
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
  const larger = new Uint32Array(roomFor(needed, numbers.length));
  larger.set(numbers);
  return larger;
}
