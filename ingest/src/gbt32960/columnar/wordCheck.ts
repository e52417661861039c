/** The check byte of many frames that lie in one buffer, as the records of a delivery do: four bytes at a time. */
import { blockCheck } from "../frame.ts";

/** A view on the buffer's words costs more than it saves where the buffer holds a frame or two. */
const SHARED_BYTES_MIN = 16 * 1024;

/** As `blockCheck`, and as right for any buffer; it remembers the last one it was given. */
export function createWordCheck(): (bytes: Buffer, from: number, end: number) => number {
  let buffer: ArrayBufferLike | undefined;
  let words: Int32Array = new Int32Array(0);

  return (bytes, from, end) => {
    if (bytes.buffer !== buffer) {
      if (bytes.buffer.byteLength < SHARED_BYTES_MIN) return blockCheck(bytes, from, end);
      buffer = bytes.buffer;
      words = new Int32Array(buffer, 0, buffer.byteLength >> 2);
    }
    const { byteOffset } = bytes;
    const firstWord = (byteOffset + from + 3) >> 2;
    const endWord = (byteOffset + end) >> 2;
    if (firstWord >= endWord) return blockCheck(bytes, from, end);
    let check = 0;
    for (let i = firstWord; i < endWord; i++) check ^= words[i] ?? 0;
    check ^= check >>> 16;
    check = (check ^ (check >>> 8)) & 0xff;
    return check ^ blockCheck(bytes, from, 4 * firstWord - byteOffset) ^ blockCheck(bytes, 4 * endWord - byteOffset, end);
  };
}
