import { createRequire } from "node:module";
import { INFLATED_BATCH_BYTES_MAX } from "./codecs.ts";
import { type Allowance, decodeRecordSet, type FetchedMessage, isFormat2 } from "./recordSet.ts";

/**
 * kafkajs' Fetch with a decoder of our own for what the broker answers. The package has no door for it, so its table of protocol
 * versions is changed where it stands; its version is pinned, and has not moved for years.
 */

/** Records in memory from one answer. An object takes about 400 bytes beside its content. */
const RECORDS_MAX = 100_000;
/** Before these versions partitions had fewer fields, and records another format; no broker since Kafka 0.11 asks for them. */
const VERSION_MIN = 4;
const [LOG_START, SESSION, THROTTLED_BY_US, REPLICA] = [5, 7, 8, 11];

interface FetchRequest {
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: string }[];
  }[];
}

interface Exchange {
  readonly request: unknown;
  readonly response: { readonly decode: (raw: Buffer) => Promise<unknown>; readonly parse: (decoded: unknown) => Promise<unknown> };
  readonly requestTimeout: number;
}

interface FetchProtocol {
  protocol: (wanted: { readonly version: number }) => (request: FetchRequest) => Exchange;
}

let isBounded = false;

/** Makes every kafkajs consumer of this process keep to the limits of `recordSet.ts`; doing it twice changes nothing. */
export function boundFetches(): void {
  if (isBounded) return;
  isBounded = true;
  const fetch: FetchProtocol = createRequire(import.meta.url)("kafkajs/src/protocol/requests/fetch/index.js");
  const { protocol } = fetch;
  fetch.protocol = ({ version }) => {
    const exchangeOf = protocol({ version });
    if (version < VERSION_MIN) return exchangeOf;
    return (request) => {
      const exchange = exchangeOf(request);
      const decode = (raw: Buffer) => decodeFetch(raw, version, request, exchange.response.decode);
      return { ...exchange, response: { ...exchange.response, decode } };
    };
  };
}

async function decodeFetch(
  raw: Buffer,
  version: number,
  request: FetchRequest,
  decodeOld: (raw: Buffer) => Promise<unknown>,
): Promise<unknown> {
  const answer = readAnswer(raw, version);
  const parts = answer.responses.flatMap(({ topicName, partitions }) => partitions.map((part) => ({ topicName, part })));
  // Message sets of Kafka before 0.11, which old topics may still hold.
  if (!parts.every(({ part }) => isFormat2(part.recordSet))) return decodeOld(raw);
  const allowance: Allowance = { records: RECORDS_MAX, inflatedBytes: INFLATED_BATCH_BYTES_MAX, isUntouched: true };
  // Whoever comes first may use all there is; so that nobody starves, it is somebody else every time.
  const first = Math.floor(Math.random() * parts.length);
  for (const { topicName, part } of [...parts.slice(first), ...parts.slice(0, first)]) {
    const { recordSet } = part;
    if (recordSet.length > 0)
      part.messages = await decodeRecordSet(recordSet, fetchOffsetOf(request, topicName, part.partition), allowance);
    part.recordSet = NO_BYTES;
  }
  return answer;
}

function fetchOffsetOf({ topics }: FetchRequest, name: string, partition: number): number {
  const partitions = topics.find(({ topic }) => topic === name)?.partitions;
  return Number(partitions?.find((wanted) => wanted.partition === partition)?.fetchOffset ?? 0);
}

const NO_BYTES = Buffer.alloc(0);

interface AnsweredPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly preferredReadReplica?: number;
  recordSet: Buffer;
  messages: readonly FetchedMessage[];
}

/** What kafkajs reads from a Fetch's answer, with the records still as bytes. */
function readAnswer(raw: Buffer, version: number) {
  const reader = createReader(raw);
  const throttleTime = reader.int32();
  const errorCode = version >= SESSION ? reader.int16() : 0;
  const sessionId = version >= SESSION ? reader.int32() : 0;
  const responses = reader.array(() => ({ topicName: reader.text(), partitions: reader.array(() => readPartition(reader, version)) }));
  // Since version 8 the broker leaves the waiting to its client.
  const isOurs = version >= THROTTLED_BY_US;
  return { throttleTime: isOurs ? 0 : throttleTime, clientSideThrottleTime: isOurs ? throttleTime : 0, errorCode, sessionId, responses };
}

function readPartition(reader: Reader, version: number): AnsweredPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = String(reader.int64());
  reader.int64(); // last stable offset
  if (version >= LOG_START) reader.int64();
  const abortedTransactions = reader.array(() => ({ producerId: String(reader.int64()), firstOffset: String(reader.int64()) }));
  const replica = version >= REPLICA ? { preferredReadReplica: reader.int32() } : {};
  const recordSet = reader.bytes();
  return { partition, errorCode, highWatermark, abortedTransactions, ...replica, recordSet, messages: [] };
}

type Reader = ReturnType<typeof createReader>;

function createReader(raw: Buffer) {
  let at = 0;
  const take = (length: number) => {
    at += length;
    return at - length;
  };
  const int16 = () => raw.readInt16BE(take(2));
  const int32 = () => raw.readInt32BE(take(4));
  const bytes = (length = int32()) => {
    const start = take(Math.max(length, 0));
    return raw.subarray(start, at);
  };
  return {
    ...{ int16, int32, bytes },
    int64: () => raw.readBigInt64BE(take(8)),
    text: () => bytes(int16()).toString("utf8"),
    array: <T>(read: () => T): T[] => Array.from({ length: Math.max(int32(), 0) }, read),
  };
}
