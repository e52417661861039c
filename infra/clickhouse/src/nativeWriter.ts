/** A buffer that grows by doubling; everything ClickHouse's Native format needs to write, little endian. */
export interface NativeWriter {
  /** LEB128 of a number below 2^53. */
  varUint(number: number): void;
  string(text: string): void;
  bytes(source: Uint8Array): void;
  /** The written part of the buffer, without a copy; the writer must not be used afterwards. */
  finish(): Uint8Array;
}

const LONGEST_VARINT = 8;

/** Creates a writer; `sizeHint` in bytes saves growing. */
export function createNativeWriter(sizeHint: number): NativeWriter {
  let buffer = Buffer.allocUnsafe(Math.max(sizeHint, 1024));
  let length = 0;

  function reserve(bytes: number): void {
    if (length + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + bytes));
    buffer.copy(grown, 0, 0, length);
    buffer = grown;
  }

  function varUint(number: number): void {
    reserve(LONGEST_VARINT);
    let rest = number;
    while (rest >= 0x80) {
      buffer[length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    buffer[length++] = rest;
  }

  return {
    varUint,
    string(text) {
      // A UTF-16 unit is at most three bytes of UTF-8.
      reserve(LONGEST_VARINT + text.length * 3);
      if (text.length < 0x80) {
        // Optimistic: one length byte, corrected when the text was not ASCII.
        const written = buffer.write(text, length + 1);
        if (written < 0x80) {
          buffer[length] = written;
          length += 1 + written;
          return;
        }
      }
      varUint(Buffer.byteLength(text));
      length += buffer.write(text, length);
    },
    bytes(source) {
      reserve(source.byteLength);
      buffer.set(source, length);
      length += source.byteLength;
    },
    finish: () => buffer.subarray(0, length),
  };
}
