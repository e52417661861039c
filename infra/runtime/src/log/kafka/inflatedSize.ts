/**
 * How large a compressed batch can become, read from its framing and before anything of it is inflated: a few kilobytes may stand
 * for gigabytes, and none of the libraries takes a limit. All but gzip's are upper bounds, at most one block of the format too high;
 * `Infinity` for bytes that are not of the format. O(blocks), nothing is allocated.
 */

/**
 * Gzip says the size of its last member behind it (modulo 4 GiB). That is a lower bound: inflating stops at the limit in any case, and this
 * only spares the attempt at nearly all bombs.
 */
export function leastSizeOfGzip(bytes: Buffer): number {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b) return Number.POSITIVE_INFINITY;
  return bytes.readUInt32LE(bytes.length - 4);
}

/** Raw snappy says its length in front. Java's clients put blocks of it behind a header (xerial). */
export function inflatedSizeOfSnappy(bytes: Buffer): number {
  if (!isXerial(bytes)) return snappyLength(bytes);
  let size = 0;
  for (const block of xerialBlocks(bytes)) size += block === undefined ? Number.POSITIVE_INFINITY : snappyLength(block);
  return size;
}

const XERIAL_MAGIC = Buffer.from("82534e4150505900", "hex");
const XERIAL_HEADER_BYTES = 16;

export function isXerial(bytes: Buffer): boolean {
  return bytes.length >= XERIAL_HEADER_BYTES && bytes.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC);
}

/** The snappy blocks behind the header; undefined where one is cut off. */
export function* xerialBlocks(bytes: Buffer): Generator<Buffer | undefined> {
  let at = XERIAL_HEADER_BYTES;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? bytes.readInt32BE(at) : -1;
    at += 4;
    if (length <= 0 || at + length > bytes.length) return yield undefined;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

/** The varint in front of a snappy block. */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  return Number.POSITIVE_INFINITY;
}

const LZ4_MAGIC = 0x184d2204;
/** By the frame's size code; 0 to 3 do not exist. */
const LZ4_BLOCK_BYTES_MAX = [0, 0, 0, 0, 64, 256, 1024, 4096].map((kib) => kib * 1024);
/** A compressed byte stands for at most 255. */
const LZ4_RATIO_MAX = 255;

/** LZ4 frame format: all blocks but the last are full, so the sum over blocks is close. */
export function inflatedSizeOfLz4(bytes: Buffer): number {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== LZ4_MAGIC) return Number.POSITIVE_INFINITY;
  const [flags = 0, sizes = 0] = bytes.subarray(4, 6);
  const blockMax = LZ4_BLOCK_BYTES_MAX[(sizes >> 4) & 7] ?? 0;
  const hasContentSize = (flags & 8) !== 0;
  let at = 7 + (hasContentSize ? 8 : 0) + ((flags & 1) !== 0 ? 4 : 0);
  let size = 0;
  while (at + 4 <= bytes.length) {
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) return hasContentSize ? Math.max(size, Number(bytes.readBigUInt64LE(6))) : size;
    const length = word & 0x7fffffff;
    size += word === length ? Math.min(blockMax, length * LZ4_RATIO_MAX) : length;
    at += length + ((flags & 16) !== 0 ? 4 : 0);
  }
  return Number.POSITIVE_INFINITY;
}

const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_BLOCK_BYTES_MAX = 128 * 1024;
const ZSTD_CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const ZSTD_DICTIONARY_BYTES = [0, 1, 2, 4];

/** Zstandard frames (RFC 8878), one or more. */
export function inflatedSizeOfZstd(bytes: Buffer): number {
  let size = 0;
  let at = 0;
  do {
    const frame = zstdFrame(bytes, at);
    if (frame === undefined) return Number.POSITIVE_INFINITY;
    size += frame.size;
    at = frame.end;
  } while (at < bytes.length);
  return size;
}

function zstdFrame(bytes: Buffer, start: number): { readonly size: number; readonly end: number } | undefined {
  if (start + 6 > bytes.length || bytes.readUInt32LE(start) !== ZSTD_MAGIC) return undefined;
  const descriptor = bytes[start + 4] ?? 0;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeAt = start + 5 + (isSingleSegment ? 0 : 1) + (ZSTD_DICTIONARY_BYTES[descriptor & 3] ?? 0);
  const contentSizeBytes = ZSTD_CONTENT_SIZE_BYTES[descriptor >> 6] || (isSingleSegment ? 1 : 0);
  const blocks = zstdBlocks(bytes, contentSizeAt + contentSizeBytes);
  if (blocks === undefined) return undefined;
  const stated = contentSizeBytes === 0 ? 0 : zstdContentSize(bytes, contentSizeAt, contentSizeBytes);
  return { size: Math.max(blocks.size, stated), end: blocks.end + ((descriptor & 4) !== 0 ? 4 : 0) };
}

/** Little endian; the form of two bytes counts from 256. */
function zstdContentSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}

function zstdBlocks(bytes: Buffer, start: number): { readonly size: number; readonly end: number } | undefined {
  let at = start;
  let size = 0;
  while (at + 3 <= bytes.length) {
    const header = bytes.readUIntLE(at, 3);
    const kind = (header >> 1) & 3;
    const length = header >> 3;
    if (kind === 3) return undefined;
    // A raw block is as long as it says; one byte repeated takes one byte; a compressed one becomes at most a whole block.
    at += 3 + (kind === 1 ? 1 : length);
    size += kind === 2 ? ZSTD_BLOCK_BYTES_MAX : length;
    if ((header & 1) === 1) return at <= bytes.length ? { size, end: at } : undefined;
  }
  return undefined;
}
