/**
 * Reading position in a data unit. Reading past the end never throws: it yields 0, moves to the end and raises
 * `isShort`, so that a truncated item is noticed once, by whoever decodes the item.
 */
export class Cursor {
  readonly bytes: Buffer;
  /** First offset that must not be read. */
  readonly end: number;
  /** Next offset to read; never beyond `end`. */
  at: number;
  isShort = false;

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  left(): number {
    return this.end - this.at;
  }

  /** Unsigned big-endian integer of 1, 2 or 4 bytes. */
  uint(size: Width): number {
    const from = this.at;
    if (from + size > this.end) return this.giveUp();
    this.at = from + size;
    return uintAt(this.bytes, from, size);
  }

  /** A view (not a copy) of the next `length` bytes; empty when there are fewer. */
  take(length: number): Buffer {
    const from = this.at;
    if (from + length > this.end) {
      this.giveUp();
      return EMPTY;
    }
    this.at = from + length;
    return this.bytes.subarray(from, from + length);
  }

  /** Moves on by `length` bytes and says by how many: 0 when there are fewer. */
  skip(length: number): number {
    if (this.at + length > this.end) return this.giveUp();
    this.at += length;
    return length;
  }

  /** Marks the data as unreadable from here on, as running past the end does. */
  giveUp(): number {
    this.at = this.end;
    this.isShort = true;
    return 0;
  }
}

/** Unsigned big-endian integer at an offset that has been checked. Faster than Buffer's own readers, which check again. */
export function uintAt(bytes: Buffer, at: number, size: Width): number {
  const first = bytes[at] ?? 0;
  if (size === 1) return first;
  const second = (first << 8) | (bytes[at + 1] ?? 0);
  return size === 2 ? second : ((second << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** Widths the standard calls BYTE, WORD and DWORD. */
export type Width = 1 | 2 | 4;

const EMPTY = Buffer.alloc(0);

/** Growing buffer of big-endian integers and raw bytes. */
export class ByteWriter {
  /** Bytes beyond `#length` are unused room. */
  #buffer = Buffer.allocUnsafe(512);
  #length = 0;

  uint(value: number, size: Width): void {
    this.#reserve(size);
    this.#buffer.writeUIntBE(value, this.#length, size);
    this.#length += size;
  }

  bytes(source: Uint8Array): void {
    this.#reserve(source.length);
    this.#buffer.set(source, this.#length);
    this.#length += source.length;
  }

  /** A copy of what was written. */
  toBuffer(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + size));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
