import avro from "avsc";

/**
 * Whether bytes hold one value of an Avro type, from the first to the last. avsc reads behind the end before it notices, and a list
 * may claim any number of elements: five bytes would make it reserve gigabytes. So lengths and counts are walked before it is asked.
 * O(bytes); nothing is allocated.
 */
export function holdsWhole(type: avro.Type, bytes: Buffer): boolean {
  const walk = new Walk(bytes);
  return walk.value(type, 0) && walk.isAtEnd;
}

const DEPTH_MAX = 64;
const VARINT_BYTES_MAX = 10;
const { types } = avro;

class Walk {
  readonly #bytes: Buffer;
  #at = 0;
  /** Elements that may still come: each takes a byte at least, and those that take none are not worth more. */
  #elementsLeft: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#elementsLeft = bytes.length;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Steps over one value; false where it does not fit. */
  value(type: avro.Type, depth: number): boolean {
    if (depth > DEPTH_MAX) return false;
    if (type instanceof types.RecordType) return type.fields.every((field) => this.value(field.type, depth + 1));
    if (type instanceof types.UnwrappedUnionType || type instanceof types.WrappedUnionType) return this.#branch(type.types, depth);
    if (type instanceof types.ArrayType) return this.#blocks(() => this.value(type.itemsType, depth + 1));
    if (type instanceof types.MapType) {
      const valuesType: avro.Type = type.valuesType;
      return this.#blocks(() => this.#sized() && this.value(valuesType, depth + 1));
    }
    return this.#plain(type);
  }

  #plain(type: avro.Type): boolean {
    switch (type.typeName) {
      case "null":
        return true;
      case "boolean":
        return this.#skip(1);
      case "float":
        return this.#skip(4);
      case "double":
        return this.#skip(8);
      case "int":
      case "long":
      case "enum":
        return this.#varint() !== undefined;
      case "bytes":
      case "string":
        return this.#sized();
      case "fixed":
        return type instanceof types.FixedType && this.#skip(type.size);
      default:
        return false;
    }
  }

  #branch(branches: readonly avro.Type[], depth: number): boolean {
    const branch = branches[this.#varint() ?? -1];
    return branch !== undefined && this.value(branch, depth + 1);
  }

  /** A list or map: blocks of a count and that many entries, until a count of 0; a negative count is followed by the block's length. */
  #blocks(entry: () => boolean): boolean {
    for (;;) {
      const count = this.#varint();
      if (count === undefined) return false;
      if (count === 0) return true;
      if (count < 0 && this.#varint() === undefined) return false;
      this.#elementsLeft -= Math.abs(count);
      if (this.#elementsLeft < 0) return false;
      for (let i = 0; i < Math.abs(count); i++) if (!entry()) return false;
    }
  }

  #sized(): boolean {
    const length = this.#varint();
    return length !== undefined && length >= 0 && this.#skip(length);
  }

  #skip(length: number): boolean {
    this.#at += length;
    return this.#at <= this.#bytes.length;
  }

  /** A zigzag number; precise up to 2^53, which is more than any count. */
  #varint(): number | undefined {
    let number = 0;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) return undefined;
      number += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return number % 2 === 0 ? number / 2 : -(number + 1) / 2;
    }
    return undefined;
  }
}
