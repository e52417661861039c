import type { IHeaders } from "kafkajs";

/** A place in the bytes of a batch's records. */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** A record of Kafka's format 2; times and offsets count from those of its batch. */
export interface RawRecord {
  readonly attributes: number;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: IHeaders;
}

/**
 * The record at the cursor, which moves behind it; null for one before `fromDelta`, undefined where there is none. Key and value are
 * views, nothing is copied.
 */
export function readRecord(cursor: Cursor, fromDelta: number): RawRecord | null | undefined {
  const length = readVarint(cursor, INT_BYTES_MAX);
  const end = cursor.at + length;
  if (!(length > 0 && end <= cursor.bytes.length)) return undefined;
  const attributes = cursor.bytes[cursor.at] ?? 0;
  cursor.at += 1;
  const timestampDelta = readVarint(cursor, LONG_BYTES_MAX);
  const offsetDelta = readVarint(cursor, INT_BYTES_MAX);
  if (offsetDelta < fromDelta) {
    cursor.at = end;
    return null;
  }
  const key = readBytes(cursor);
  const value = readBytes(cursor);
  const headers = readHeaders(cursor);
  const isWhole = key !== undefined && value !== undefined && headers !== undefined && cursor.at <= end;
  if (!isWhole || !Number.isSafeInteger(timestampDelta) || !(offsetDelta >= 0)) return undefined;
  cursor.at = end;
  return { attributes, timestampDelta, offsetDelta, key, value, headers };
}

const NO_HEADERS: IHeaders = Object.freeze({});

/** Of a repeated header the last counts, as everywhere behind this port. */
function readHeaders(cursor: Cursor): IHeaders | undefined {
  const count = readVarint(cursor, INT_BYTES_MAX);
  if (count === 0) return NO_HEADERS;
  const headers: [string, Buffer][] = [];
  for (let i = 0; i < count; i++) {
    const name = readBytes(cursor);
    const content = readBytes(cursor);
    if (!name || content === undefined) return undefined;
    headers.push([name.toString("utf8"), content ?? Buffer.alloc(0)]);
  }
  return count > 0 ? Object.fromEntries(headers) : undefined;
}

/** Null where the length is -1; undefined where there are not so many bytes. */
function readBytes(cursor: Cursor): Buffer | null | undefined {
  const length = readVarint(cursor, INT_BYTES_MAX);
  if (length === -1) return null;
  const start = cursor.at;
  if (!(length >= 0 && start + length <= cursor.bytes.length)) return undefined;
  cursor.at += length;
  return cursor.bytes.subarray(start, cursor.at);
}

const INT_BYTES_MAX = 5;
const LONG_BYTES_MAX = 10;

/** A zigzag number, seven bits a byte, the least first; NaN where it does not end. */
function readVarint(cursor: Cursor, bytesMax: number): number {
  let zigzag = 0;
  let scale = 1;
  for (let i = 0; i < bytesMax; i++) {
    const byte = cursor.bytes[cursor.at];
    if (byte === undefined) return Number.NaN;
    cursor.at += 1;
    zigzag += (byte & 0x7f) * scale;
    if (byte < 0x80) return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    scale *= 128;
  }
  return Number.NaN;
}
