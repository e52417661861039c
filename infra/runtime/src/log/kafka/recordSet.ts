import type { RecordBatchEntry } from "kafkajs";
import type { Unreadable } from "../records.ts";
import { type CodecName, inflateBatch } from "./codecs.ts";
import { type RawRecord, readRecord } from "./recordBytes.ts";

/**
 * The records of one partition in a fetch's answer: record batches of Kafka's format 2 (KIP-98), one behind another, as the messages
 * kafkajs works with. kafkajs' own decoder makes an object of every record of every batch it is sent, however many a compressed batch
 * stands for: 300,000 empty records are a few kB on the wire and end its process. Here limits are kept to; what is beyond them is
 * read by the next fetch, which gets the same batch and begins in the middle of it.
 */

/** What one answer may become in memory, counted down by all its partitions. */
export interface Allowance {
  records: number;
  inflatedBytes: number;
  /** Whether nothing has been inflated yet: then a batch that is too large is so for good. */
  isUntouched: boolean;
}

/** A message as kafkajs' own decoder makes it, with what it asks of one before it hands it out. */
export type FetchedMessage = RecordBatchEntry & {
  readonly isControlRecord: boolean;
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean };
};

/** Of one partition; a handler that is slow keeps them in memory while other partitions go on. */
const PARTITION_RECORDS_MAX = 20_000;
const PARTITION_BYTES_MAX = 16 * 1024 * 1024;

/** Of a batch, all before its records. */
const HEADER_BYTES = 61;
/** Behind offset and length, which the length does not count. */
const LENGTH_END = 12;
const MAGIC_AT = 16;
const CODECS: readonly (CodecName | undefined)[] = [undefined, "gzip", "snappy", "lz4", "zstd"];
const NO_HEADERS = Object.freeze({});

interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffsetDelta: number;
  readonly count: number;
  readonly codec: number;
  readonly baseTimestampMs: number;
  /** The time of all records, where the broker sets it. */
  readonly appendedMs: number | undefined;
  readonly isControlRecord: boolean;
  readonly batchContext: FetchedMessage["batchContext"];
}

/** Messages taken so far. */
interface Taken {
  readonly fromOffset: number;
  readonly messages: FetchedMessage[];
  readonly recordsMax: number;
  bytes: number;
}

const unreadables = new WeakMap<object, Unreadable>();

/** Why a message stands for a record whose content cannot be had; undefined for all others. */
export function unreadableOf(message: object): Unreadable | undefined {
  return unreadables.get(message);
}

/** Whether the bytes begin with a batch of format 2; none at all may be taken for it. */
export function isFormat2(recordSet: Buffer): boolean {
  return recordSet.length <= MAGIC_AT || recordSet[MAGIC_AT] === 2;
}

/**
 * The records from `fromOffset` on, as many as there is room for; the last batch may be cut off, as brokers do. Never throws: a
 * batch that is broken or too large gives messages without content, one for each of its records (`unreadableOf`).
 */
export async function decodeRecordSet(recordSet: Buffer, fromOffset: number, allowance: Allowance): Promise<readonly FetchedMessage[]> {
  const taken: Taken = { fromOffset, messages: [], recordsMax: Math.min(allowance.records, PARTITION_RECORDS_MAX), bytes: 0 };
  let passed: BatchHeader | undefined;
  for (let at = 0; at + HEADER_BYTES <= recordSet.length && !isFull(taken); ) {
    const end = at + LENGTH_END + recordSet.readInt32BE(at + 8);
    if (end > recordSet.length || end < at + HEADER_BYTES) break;
    const header = readHeader(recordSet, at);
    if (header.baseOffset + header.lastOffsetDelta >= fromOffset) {
      if (!(await takeBatch(header, recordSet.subarray(at + HEADER_BYTES, end), taken, allowance))) break;
      passed = header;
    }
    at = end;
  }
  // Of a compacted batch nothing may be left that is wanted; without a word of where it ends, kafkajs would ask for it again and again.
  if (taken.messages.length === 0 && passed !== undefined) taken.messages.push(endOf(passed));
  allowance.records -= taken.messages.length;
  return taken.messages;
}

/** False when there is no room for the batch now. */
async function takeBatch(header: BatchHeader, bytes: Buffer, taken: Taken, allowance: Allowance): Promise<boolean> {
  const records = await recordsOf(header, bytes, allowance);
  if (records === undefined) return false;
  if (Buffer.isBuffer(records)) takeRecords(header, records, taken);
  else standIn(header, 0, records, taken);
  return true;
}

function isFull({ messages, recordsMax, bytes }: Taken): boolean {
  return messages.length >= recordsMax || bytes >= PARTITION_BYTES_MAX;
}

function readHeader(bytes: Buffer, at: number): BatchHeader {
  const attributes = bytes.readInt16BE(at + 21);
  return {
    baseOffset: Number(bytes.readBigInt64BE(at)),
    lastOffsetDelta: bytes.readInt32BE(at + 23),
    count: bytes.readInt32BE(at + 57),
    codec: attributes & 7,
    baseTimestampMs: Number(bytes.readBigInt64BE(at + 27)),
    appendedMs: (attributes & 8) === 0 ? undefined : Number(bytes.readBigInt64BE(at + 35)),
    isControlRecord: (attributes & 32) !== 0,
    batchContext: { producerId: String(bytes.readBigInt64BE(at + 43)), inTransaction: (attributes & 16) !== 0 },
  };
}

/** The batch's records as bytes, or why they cannot be had; undefined when there is no room for them now. */
async function recordsOf({ codec }: BatchHeader, bytes: Buffer, allowance: Allowance): Promise<Buffer | Unreadable | undefined> {
  if (codec === 0) return bytes;
  const name = CODECS[codec];
  if (name === undefined) {
    return { reason: "malformed", detail: `expected a batch compressed with one of ${CODECS.slice(1)}, got codec ${codec}` };
  }
  const inflated = await inflateBatch(name, bytes, allowance.inflatedBytes);
  if (!Buffer.isBuffer(inflated)) return inflated.reason === "too_large" && !allowance.isUntouched ? undefined : inflated;
  allowance.inflatedBytes -= inflated.length;
  allowance.isUntouched = false;
  return inflated;
}

/** Takes records until it is full; those of a batch that breaks off in the middle are stood in for from there on. */
function takeRecords(header: BatchHeader, bytes: Buffer, taken: Taken): void {
  const cursor = { bytes, at: 0 };
  const before = taken.messages.length;
  for (let i = 0; i < header.count; i++) {
    if (isFull(taken)) {
      letGoOf(bytes, taken.messages.slice(before));
      return;
    }
    const record = readRecord(cursor, taken.fromOffset - header.baseOffset);
    if (record === undefined) {
      standIn(header, i, brokenBehind(i, header), taken);
      return;
    }
    if (record === null) continue;
    taken.bytes += (record.key?.length ?? 0) + (record.value?.length ?? 0);
    taken.messages.push(toMessage(header, record));
  }
}

function toMessage(
  { baseOffset, baseTimestampMs, appendedMs, isControlRecord, batchContext }: BatchHeader,
  record: RawRecord,
): FetchedMessage {
  const { attributes, timestampDelta, offsetDelta, key, value, headers } = record;
  const timestamp = String(appendedMs ?? baseTimestampMs + timestampDelta);
  return { key, value, headers, attributes, timestamp, offset: String(baseOffset + offsetDelta), isControlRecord, batchContext };
}

/** A part of a batch is copied, so that it does not keep all of it in memory. */
function letGoOf(batch: Buffer, part: readonly FetchedMessage[]): void {
  if (batch.length <= PARTITION_BYTES_MAX) return;
  for (const message of part) {
    if (message.key !== null) message.key = Buffer.from(message.key);
    if (message.value !== null) message.value = Buffer.from(message.value);
  }
}

function brokenBehind(i: number, { count }: BatchHeader): Unreadable {
  return { reason: "malformed", detail: `expected ${count} records in a batch, got bytes that are none behind ${i} of them` };
}

/** Moves the fetch behind a batch without being handed out, as the marks of transactions do. */
function endOf({ baseOffset, lastOffsetDelta, batchContext }: BatchHeader): FetchedMessage {
  const offset = String(baseOffset + lastOffsetDelta);
  return { key: null, value: null, headers: NO_HEADERS, attributes: 0, timestamp: "0", offset, isControlRecord: true, batchContext };
}

/** Takes messages without content for the records from the `first` on. */
function standIn(header: BatchHeader, first: number, why: Unreadable, { fromOffset, messages, recordsMax }: Taken): void {
  const { baseOffset, lastOffsetDelta, count, baseTimestampMs, appendedMs, batchContext } = header;
  const timestamp = String(appendedMs ?? baseTimestampMs);
  // Compaction may have taken records, but never the last one's offset.
  const from = Math.max(first, Math.min(fromOffset - baseOffset, count - 1));
  const to = Math.min(count, from + recordsMax - messages.length);
  for (let i = from; i < to; i++) {
    const offset = String(baseOffset + (i === count - 1 ? lastOffsetDelta : i));
    const message: FetchedMessage = {
      ...{ key: null, value: null, headers: NO_HEADERS, attributes: 0, timestamp, offset },
      ...{ isControlRecord: false, batchContext },
    };
    unreadables.set(message, why);
    messages.push(message);
  }
}
