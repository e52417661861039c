/** Everything ClickHouse's Native format needs to write, little endian: small values in a buffer that grows, long arrays as they are. */
export interface NativeWriter {
  /** LEB128 of a number below 2^53. */
  varUint(number: number): void;
  string(text: string): void;
  /** A long source is not copied: it must stay unchanged until the parts are written. */
  bytes(source: Uint8Array): void;
  /** What was written, in order; the writer must not be used afterwards. */
  finish(): readonly Uint8Array[];
}

const LONGEST_VARINT = 8;
const FIRST_BYTES = 16 * 1024;
/** From this size on an array is cheaper handed over than copied. */
const OWN_PART_BYTES = 8 * 1024;

export function createNativeWriter(): NativeWriter {
  const parts: Uint8Array[] = [];
  let buffer = Buffer.allocUnsafe(FIRST_BYTES);
  /** Of the buffer, what is not yet one of the parts. */
  let from = 0;
  let length = 0;

  function reserve(bytes: number): void {
    if (length + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 * (length - from) + bytes));
    buffer.copy(grown, 0, from, length);
    length -= from;
    from = 0;
    buffer = grown;
  }

  function closePart(): void {
    if (length > from) parts.push(buffer.subarray(from, length));
    from = length;
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
      if (source.byteLength >= OWN_PART_BYTES) {
        closePart();
        parts.push(source);
        return;
      }
      reserve(source.byteLength);
      buffer.set(source, length);
      length += source.byteLength;
    },
    finish() {
      closePart();
      return parts;
    },
  };
}
