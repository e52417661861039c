import type { NativeColumn, PackedValues } from "@bellwether/clickhouse/native";

/** Columns that grow row by row. Plain numbers and flags in flat memory: nothing of a report stays behind for the garbage collector. */

const FIRST_ROWS = 256;
const FIRST_ELEMENTS = 4096;

/** Typed arrays that `encodeNative` can copy as they are. */
type NumbersType =
  | Float32ArrayConstructor
  | Float64ArrayConstructor
  | Uint8ArrayConstructor
  | Int8ArrayConstructor
  | Uint16ArrayConstructor
  | Uint32ArrayConstructor;

/** A Nullable column of one number per row; rows without one are NULL. */
export class NumberColumn {
  readonly #ArrayType: NumbersType;
  /** All kinds are collected as doubles, because code that sees arrays of several kinds is ten times slower in V8. */
  #numbers = new Float64Array(FIRST_ROWS);
  #nulls = new Uint8Array(FIRST_ROWS).fill(1);
  readonly #placeholder: number;

  /** `placeholder` stands where the value is NULL; an enum has no member 0. */
  constructor(ArrayType: NumbersType, { placeholder = 0 }: { placeholder?: number } = {}) {
    this.#ArrayType = ArrayType;
    this.#placeholder = placeholder;
    this.#numbers.fill(placeholder);
  }

  put(row: number, reading: number): void {
    if (row >= this.#numbers.length) this.#grow(row);
    this.#numbers[row] = reading;
    this.#nulls[row] = 0;
  }

  packed(rows: number): PackedValues {
    if (rows > this.#numbers.length) this.#grow(rows - 1);
    return { length: rows, numbers: new this.#ArrayType(this.#numbers.subarray(0, rows)), nulls: this.#nulls.subarray(0, rows) };
  }

  #grow(row: number): void {
    const used = this.#numbers.length;
    const rows = Math.max(used * 2, row + 1);
    const numbers = new Float64Array(rows).fill(this.#placeholder, used);
    numbers.set(this.#numbers);
    const nulls = new Uint8Array(rows).fill(1, used);
    nulls.set(this.#nulls);
    this.#numbers = numbers;
    this.#nulls = nulls;
  }
}

/** A column of lists of Nullable Float32; rows without one have an empty list. Rows must come in ascending order. */
export class ListColumn {
  #numbers = new Float32Array(FIRST_ELEMENTS);
  #nulls = new Uint8Array(FIRST_ELEMENTS);
  #elements = 0;
  #lengths = new Uint32Array(FIRST_ROWS);

  put(row: number, list: readonly (number | null)[]): void {
    if (row >= this.#lengths.length) this.#lengths = grown(this.#lengths, row + 1);
    this.#lengths[row] = list.length;
    const end = this.#elements + list.length;
    if (end > this.#numbers.length) this.#growElements(end);
    const numbers = this.#numbers;
    let at = this.#elements;
    for (let i = 0; i < list.length; i++) {
      const element = list[i];
      if (typeof element === "number") numbers[at] = element;
      else this.#nulls[at] = 1;
      at++;
    }
    this.#elements = end;
  }

  packed(rows: number): PackedValues {
    if (rows > this.#lengths.length) this.#lengths = grown(this.#lengths, rows);
    const elements = this.#elements;
    return {
      length: rows,
      numbers: this.#numbers.subarray(0, elements),
      nulls: this.#nulls.subarray(0, elements),
      lengths: this.#lengths.subarray(0, rows),
    };
  }

  #growElements(needed: number): void {
    const size = Math.max(this.#numbers.length * 2, needed);
    const numbers = new Float32Array(size);
    numbers.set(this.#numbers);
    const nulls = new Uint8Array(size);
    nulls.set(this.#nulls);
    this.#numbers = numbers;
    this.#nulls = nulls;
  }
}

/** A column that has the same value in every row. */
export function constantColumn(name: string, type: string, value: string | number, rows: number): NativeColumn {
  return { name, type, values: new Array<string | number>(rows).fill(value) };
}

function grown(numbers: Uint32Array, needed: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(numbers.length * 2, needed));
  larger.set(numbers);
  return larger;
}
