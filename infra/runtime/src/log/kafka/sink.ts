import { BellwetherError } from "@bellwether/contracts/errors";
import kafkajs, { type IHeaders, type Message, type Producer } from "kafkajs";
import type { OutgoingRecord, RecordSink } from "../records.ts";
import { SendQueue } from "../sendQueue.ts";
import { splitByPartition } from "../splitByPartition.ts";
import { toLogError } from "./errors.ts";
import type { Compression } from "./security.ts";

const { CompressionTypes } = kafkajs;

/** One request carries at most this much per partition: brokers refuse larger batches unless told otherwise. */
const REQUEST_BYTES_MAX = 900 * 1024;
/** Generous allowance for a record's own fields. */
const RECORD_OVERHEAD_BYTES = 64;

interface SinkDeps {
  readonly producer: Producer;
  readonly partitionsOf: (topic: string) => Promise<number>;
  readonly isClosed: () => boolean;
  readonly compression: Compression;
}

const COMPRESSION_TYPES = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
} as const;

/**
 * Sends records with acknowledgement from all in-sync replicas. A large send becomes several requests, in order.
 * One write per topic at a time, because kafkajs may reorder sends that overlap.
 * The partition is chosen here, by the same function as in the embedded log.
 */
export function createKafkaSink({ producer, partitionsOf, isClosed, compression }: SinkDeps): RecordSink {
  const queues = new Map<string, SendQueue>();
  const partitionCounts = new Map<string, number>();
  let turn = 0;

  async function write(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    try {
      const partitions = partitionCounts.get(topic) ?? (await partitionsOf(topic));
      partitionCounts.set(topic, partitions);
      turn += 1;
      const shares = splitByPartition(records, { partitions, turn });
      const chunks = [...shares].map(([partition, share]) => chunksOf(partition, share));
      for (let round = 0; chunks.some((own) => round < own.length); round++) {
        await producer.send({ topic, compression: COMPRESSION_TYPES[compression], messages: chunks.flatMap((own) => own[round] ?? []) });
      }
    } catch (error) {
      throw toLogError(error, `sending to ${topic}`);
    }
  }

  return {
    async send(topic, records) {
      if (isClosed()) throw new BellwetherError("log_unavailable", "the Kafka log is closed", { retryable: false });
      const queue = queues.get(topic) ?? new SendQueue((joined) => write(topic, joined));
      queues.set(topic, queue);
      await queue.send(records);
    },
  };
}

function chunksOf(partition: number, records: readonly OutgoingRecord[]): readonly Message[][] {
  const chunks: Message[][] = [];
  let chunk: Message[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value.length + RECORD_OVERHEAD_BYTES;
    if (chunk.length === 0 || bytes + size > REQUEST_BYTES_MAX) {
      chunk = [];
      chunks.push(chunk);
      bytes = 0;
    }
    chunk.push(toMessage(partition, record));
    bytes += size;
  }
  return chunks;
}

function toMessage(partition: number, { key, value, headers }: OutgoingRecord): Message {
  return { partition, key, value, ...(headers === undefined ? {} : { headers: toHeaders(headers) }) };
}

function toHeaders(headers: Readonly<Record<string, string>>): IHeaders {
  return { ...headers };
}
