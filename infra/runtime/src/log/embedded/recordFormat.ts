/**
 * One record on disk, little endian, header of 32 bytes:
 * 0 u32 length of the whole record · 4 u32 CRC-32 of everything after it · 8 f64 offset · 16 f64 time in ms since 1970 ·
 * 24 i32 key bytes (-1: null) · 28 i32 value bytes (-1: null) · then key, value and headers (JSON object, absent when empty).
 */
import { crc32 } from "node:zlib";
import type { LogRecord, OutgoingRecord } from "../records.ts";

export const HEADER_BYTES = 32;
/** A length above this is rubbish, not a record. */
export const RECORD_BYTES_MAX = 1024 ** 3;

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

export interface RecordBlock {
  readonly bytes: Buffer;
  /** Position of each record in `bytes`. */
  readonly positions: readonly number[];
}

/** Encodes records with consecutive offsets into one buffer. */
export function encodeRecords(records: readonly OutgoingRecord[], at: { firstOffset: number; timestampMs: number }): RecordBlock {
  const headers = records.map((record) => encodeHeaders(record.headers));
  const keyBytes = records.map(({ key }) => (key === null ? 0 : typeof key === "string" ? Buffer.byteLength(key) : key.length));
  const lengths = records.map((record, i) => HEADER_BYTES + (keyBytes[i] ?? 0) + record.value.length + (headers[i]?.length ?? 0));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  const positions: number[] = [];
  let position = 0;
  records.forEach((record, i) => {
    const end = position + (lengths[i] ?? 0);
    const keyEnd = position + HEADER_BYTES + (keyBytes[i] ?? 0);
    bytes.writeUInt32LE(end - position, position);
    bytes.writeDoubleLE(at.firstOffset + i, position + 8);
    bytes.writeDoubleLE(at.timestampMs, position + 16);
    bytes.writeInt32LE(record.key === null ? -1 : (keyBytes[i] ?? 0), position + 24);
    bytes.writeInt32LE(record.value.length, position + 28);
    if (typeof record.key === "string") bytes.write(record.key, position + HEADER_BYTES);
    else record.key?.copy(bytes, position + HEADER_BYTES);
    record.value.copy(bytes, keyEnd);
    headers[i]?.copy(bytes, keyEnd + record.value.length);
    bytes.writeUInt32LE(crc32(bytes.subarray(position + 8, end)), position + 4);
    positions.push(position);
    position = end;
  });
  return { bytes, positions };
}

export type RecordCheck =
  /** A whole and sound record of that many bytes. */
  | { readonly kind: "sound"; readonly length: number }
  /** The buffer ends before the record does; `needed` bytes are known to be missing at least. */
  | { readonly kind: "short"; readonly needed: number }
  | { readonly kind: "damaged"; readonly detail: string };

/** Examines the record at a position without decoding it. */
export function checkRecord(bytes: Buffer, position: number, expectedOffset: number): RecordCheck {
  const available = bytes.length - position;
  if (available < HEADER_BYTES) return { kind: "short", needed: HEADER_BYTES - available };
  const length = bytes.readUInt32LE(position);
  if (length < HEADER_BYTES || length > RECORD_BYTES_MAX) return { kind: "damaged", detail: `impossible length ${length}` };
  if (length > available) return { kind: "short", needed: length - available };
  if (crc32(bytes.subarray(position + 8, position + length)) !== bytes.readUInt32LE(position + 4)) {
    return { kind: "damaged", detail: "wrong check sum" };
  }
  const offset = bytes.readDoubleLE(position + 8);
  if (offset !== expectedOffset) return { kind: "damaged", detail: `expected offset ${expectedOffset}, got ${offset}` };
  return { kind: "sound", length };
}

/** Decodes a record that `checkRecord` found sound; key and value are views into `bytes`. */
export function decodeRecord(bytes: Buffer, position: number, at: { topic: string; partition: number }): LogRecord {
  const end = position + bytes.readUInt32LE(position);
  const keyBytes = bytes.readInt32LE(position + 24);
  const valueBytes = bytes.readInt32LE(position + 28);
  const keyEnd = position + HEADER_BYTES + Math.max(keyBytes, 0);
  const valueEnd = keyEnd + Math.max(valueBytes, 0);
  return {
    topic: at.topic,
    partition: at.partition,
    offset: bytes.readDoubleLE(position + 8),
    key: keyBytes < 0 ? null : bytes.subarray(position + HEADER_BYTES, keyEnd),
    value: valueBytes < 0 ? null : bytes.subarray(keyEnd, valueEnd),
    headers: valueEnd === end ? NO_HEADERS : decodeHeaders(bytes.toString("utf8", valueEnd, end)),
    timestampMs: bytes.readDoubleLE(position + 16),
  };
}

function encodeHeaders(headers: Readonly<Record<string, string>> | undefined): Buffer | undefined {
  if (headers === undefined || Object.keys(headers).length === 0) return undefined;
  return Buffer.from(JSON.stringify(headers));
}

/** Trusts the text: its check sum is right, so it is what `encodeHeaders` wrote. */
function decodeHeaders(text: string): Readonly<Record<string, string>> {
  return JSON.parse(text);
}
