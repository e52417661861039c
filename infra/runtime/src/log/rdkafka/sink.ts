import { setTimeout as sleep } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { LibrdKafkaError, Producer } from "node-rdkafka";
import type { OutgoingRecord, RecordSink } from "../records.ts";
import { SendQueue } from "../sendQueue.ts";
import { splitByPartition } from "../splitByPartition.ts";
import { toRdkafkaError } from "./clients.ts";

const POLL_MS = 5;
const QUEUE_FULL = -184;
/** A buffer without memory behind it would be sent as no value at all. */
const EMPTY = Buffer.alloc(1).subarray(0, 0);

interface SinkDeps {
  readonly producer: Producer;
  readonly partitionsOf: (topic: string) => Promise<number>;
  readonly isClosed: () => boolean;
}

/** A write whose records have not all been acknowledged. */
class PendingWrite {
  readonly settled: Promise<void>;
  #left: number;
  #error: LibrdKafkaError | undefined;
  readonly #settle: () => void;
  readonly #fail: (error: LibrdKafkaError) => void;

  constructor(records: number) {
    this.#left = records;
    let settle = () => {};
    let fail: (error: LibrdKafkaError) => void = () => {};
    this.settled = new Promise((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    this.#settle = settle;
    this.#fail = fail;
  }

  acknowledge(error: LibrdKafkaError | null): void {
    this.#error ??= error ?? undefined;
    this.#left -= 1;
    if (this.#left > 0) return;
    if (this.#error === undefined) this.#settle();
    else this.#fail(this.#error);
  }
}

/** Sends records with acknowledgement from all in-sync replicas; librdkafka batches them and keeps their order. */
export function createRdkafkaSink({ producer, partitionsOf, isClosed }: SinkDeps): RecordSink {
  const queues = new Map<string, SendQueue>();
  const partitionCounts = new Map<string, number>();
  let turn = 0;
  producer.on("delivery-report", (error, { opaque }) => {
    if (opaque instanceof PendingWrite) opaque.acknowledge(error);
  });
  producer.setPollInterval(POLL_MS);

  async function write(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const partitions = partitionCounts.get(topic) ?? (await partitionsOf(topic));
    partitionCounts.set(topic, partitions);
    turn += 1;
    const pending = new PendingWrite(records.length);
    for (const [partition, share] of splitByPartition(records, { partitions, turn })) {
      for (const record of share) await produce(topic, partition, record, pending);
    }
    await pending.settled;
  }

  /** Waits for room: librdkafka holds 100,000 records and 1 GiB that are not acknowledged, and refuses more. */
  async function produce(topic: string, partition: number, { key, value, headers = {} }: OutgoingRecord, pending: PendingWrite) {
    const pairs = Object.entries(headers).map(([name, text]) => ({ [name]: text }));
    for (;;) {
      try {
        return producer.produce(topic, partition, value.length === 0 ? EMPTY : value, key, null, pending, pairs);
      } catch (error) {
        if (!isQueueFull(error)) return pending.acknowledge(asRdkafkaError(error));
        await sleep(POLL_MS);
      }
    }
  }

  return {
    async send(topic, records) {
      if (isClosed()) throw new BellwetherError("log_unavailable", "the Kafka log is closed", { retryable: false });
      const queue = queues.get(topic) ?? new SendQueue((joined) => write(topic, joined));
      queues.set(topic, queue);
      try {
        await queue.send(records);
      } catch (error) {
        throw error instanceof BellwetherError ? error : toRdkafkaError(asRdkafkaError(error), `sending to ${topic}`);
      }
    },
  };
}

function isQueueFull(error: unknown): boolean {
  return asRdkafkaError(error).code === QUEUE_FULL;
}

function asRdkafkaError(error: unknown): LibrdKafkaError {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error && typeof error.code === "number" ? error.code : 0;
  return { message, code };
}
