import { once } from "node:events";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { BATCH_CODECS } from "./codecs.ts";

export interface TestRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampDelta: number;
}

interface BatchOptions {
  readonly baseOffset: number;
  readonly codec: string;
  /** In place of the records: these bytes, as compressed. */
  readonly body?: Buffer;
  readonly lastOffsetDelta?: number;
}

const BASE_TIMESTAMP_MS = 1_700_000_000_000;
const CODEC_NAMES = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

/** A record batch of format 2, written after KIP-98 and not by the code that reads it. */
export async function batchOf(records: readonly TestRecord[], options: BatchOptions): Promise<Buffer> {
  const { baseOffset, codec, lastOffsetDelta = records.length - 1 } = options;
  const name = CODEC_NAMES.find((one) => one === codec) ?? "none";
  const plain = Buffer.concat(records.map(writeRecord));
  const body = options.body ?? (name === "none" ? plain : Buffer.from(await BATCH_CODECS[name].compress(plain)));
  const header = Buffer.alloc(61);
  header.writeBigInt64BE(BigInt(baseOffset), 0);
  header.writeInt32BE(61 - 12 + body.length, 8);
  header[16] = 2;
  header.writeInt16BE(CODEC_NAMES.indexOf(name), 21);
  header.writeInt32BE(lastOffsetDelta, 23);
  header.writeBigInt64BE(BigInt(BASE_TIMESTAMP_MS), 27);
  header.writeBigInt64BE(BigInt(BASE_TIMESTAMP_MS), 35);
  header.writeBigInt64BE(-1n, 43);
  header.writeInt32BE(records.length, 57);
  const batch = Buffer.concat([header, body]);
  batch.writeUInt32BE(crc32c(batch.subarray(21)), 17);
  return batch;
}

const crc32c: (bytes: Buffer) => number = createRequire(import.meta.url)("kafkajs/src/protocol/recordBatch/crc32C/index.js");

/** Puts a batch into partition 0 of a topic as it is (Produce, version 7): no client would make such batches. Gives the broker's error code. */
export async function produceBatch(broker: string, topic: string, batch: Buffer): Promise<number> {
  const [host = "", port = ""] = broker.split(":");
  const text = (name: string) => Buffer.concat([int16(name.length), Buffer.from(name)]);
  const head = [int16(0), int16(7), int32(1), text("test"), int16(-1), int16(-1), int32(30_000)];
  const request = Buffer.concat([...head, int32(1), text(topic), int32(1), int32(0), int32(batch.length), batch]);
  const socket = connect(Number(port), host);
  await once(socket, "connect");
  socket.write(Buffer.concat([int32(request.length), request]));
  const [answer]: Buffer[] = await once(socket, "data");
  socket.destroy();
  // Length, correlation, one topic with its name, one partition, then the error.
  return answer?.readInt16BE(4 + 4 + 4 + 2 + topic.length + 4 + 4) ?? -1;
}

function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(number);
  return bytes;
}

function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function writeRecord({ key, value, headers, timestampDelta }: TestRecord, i: number): Buffer {
  const named = Object.entries(headers).flatMap(([name, text]) => [sized(Buffer.from(name)), sized(Buffer.from(text))]);
  const fields = [Buffer.from([0]), varint(timestampDelta), varint(i), sized(key), sized(value), varint(named.length / 2), ...named];
  return sized(Buffer.concat(fields));
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);
}

function varint(number: number): Buffer {
  let zigzag = BigInt.asUintN(64, (BigInt(number) << 1n) ^ (BigInt(number) >> 63n));
  const bytes: number[] = [];
  while (zigzag >= 0x80n) {
    bytes.push(Number(zigzag & 0x7fn) | 0x80);
    zigzag >>= 7n;
  }
  return Buffer.from([...bytes, Number(zigzag)]);
}
