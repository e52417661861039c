import { BellwetherError } from "@bellwether/contracts/errors";
import { type Admin, Kafka, type KafkaConfig, logLevel, type Producer, type SASLOptions } from "kafkajs";
import type { Logger } from "../logger.ts";
import { within } from "../within.ts";
import { askCluster } from "./kafka/askCluster.ts";
import { toLogError } from "./kafka/errors.ts";
import { createKafkaSink } from "./kafka/sink.ts";
import { KafkaSubscription } from "./kafka/subscription.ts";
import type { RecordLog, SubscribeOptions, Subscription } from "./records.ts";

export interface KafkaLogOptions {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly ssl?: KafkaConfig["ssl"];
  readonly sasl?: SASLOptions;
  readonly batchRecordsMax?: number;
  readonly logger?: Logger;
}

/** Raw frames are small, but a dead letter carries whatever came; brokers allow 1 MiB unless a topic says otherwise. */
const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

/** Above what the client's own retries of a refused connection take, about 6 s. */
const CONNECT_MS_MAX = 10_000;
const DISCONNECT_MS_MAX = 1_000;

/** Connects to a Kafka cluster; rejects with `log_unavailable` when no broker answers. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<RecordLog> {
  let isConnected = false;
  const kafka = createClient(options, { isConnected: () => isConnected });
  // One request at a time per broker: a retried request cannot overtake the one after it, which keeps a key's order.
  // Idempotent: when one partition of a request is refused (a leader moves), kafkajs sends all of them again, which the broker then
  // recognises; without it they would be in the log twice.
  const producer = kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1, idempotent: true });
  const admin = kafka.admin();
  try {
    await within(CONNECT_MS_MAX, connect(producer, admin), () => noAnswer(options.brokers));
  } catch (error) {
    await within(DISCONNECT_MS_MAX, Promise.allSettled([producer.disconnect(), admin.disconnect()]), () => noAnswer(options.brokers)).catch(
      () => undefined,
    );
    throw toLogError(error, `connecting to ${options.brokers.join(",")}`);
  }
  isConnected = true;
  return createLog(options, { kafka, producer, admin });
}

/** A connection alone proves nothing: whatever listens on the port accepts it. */
async function connect(producer: Producer, admin: Admin): Promise<void> {
  await Promise.all([producer.connect(), admin.connect()]);
  await admin.describeCluster();
}

function noAnswer(brokers: readonly string[]): BellwetherError {
  const message = `connecting to ${brokers.join(",")}: expected an answer from a Kafka broker, got none within ${CONNECT_MS_MAX / 1000} s`;
  return new BellwetherError("log_unavailable", message, { retryable: true });
}

function createLog(options: KafkaLogOptions, { kafka, producer, admin }: { kafka: Kafka; producer: Producer; admin: Admin }): RecordLog {
  const subscriptions = new Set<KafkaSubscription>();
  let closing: Promise<void> | null = null;

  async function subscribe(subscribeOptions: SubscribeOptions): Promise<Subscription> {
    const { logger, batchRecordsMax = 5_000 } = options;
    const subscription = new KafkaSubscription({ kafka, admin, options: subscribeOptions, batchRecordsMax, logger });
    subscriptions.add(subscription);
    try {
      await subscription.start();
      return subscription;
    } catch (error) {
      subscriptions.delete(subscription);
      throw toLogError(error, `subscribing to ${subscribeOptions.topics.join(",")}`);
    }
  }

  async function closeAll(): Promise<void> {
    await Promise.all([...subscriptions].map((subscription) => subscription.close()));
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }

  return {
    kind: "kafka",
    source: { subscribe },
    sink: createKafkaSink({ producer, partitionsOf: (topic) => partitionsOf(admin, topic), isClosed: () => closing !== null }),
    ensureTopics: (topics) => ensureTopics(admin, topics),
    async endOffsets(topic) {
      const offsets = await askCluster(`reading the end of ${topic}`, () => admin.fetchTopicOffsets(topic));
      return offsets.map(({ partition, high }) => ({ partition, nextOffset: Number(high) })).sort((a, b) => a.partition - b.partition);
    },
    async committedOffsets(topic, group) {
      const partitions = await askCluster(`reading the offsets of ${group}`, async () => {
        const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
        return answer?.partitions ?? [];
      });
      const committed = partitions.map(({ partition, offset }) => ({ partition, nextOffset: Number(offset) < 0 ? null : Number(offset) }));
      return committed.sort((a, b) => a.partition - b.partition);
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

async function ensureTopics(admin: Admin, topics: readonly { topic: string; partitions: number }[]): Promise<void> {
  await askCluster(`creating the topics ${topics.map(({ topic }) => topic).join(",")}`, async () => {
    const existing = new Set(await admin.listTopics());
    const missing = topics.filter(({ topic }) => !existing.has(topic));
    if (missing.length === 0) return;
    const configEntries = [{ name: "max.message.bytes", value: String(MESSAGE_BYTES_MAX) }];
    const wanted = missing.map(({ topic, partitions }) => ({ topic, numPartitions: partitions, configEntries }));
    await admin.createTopics({ waitForLeaders: true, topics: wanted });
  });
}

async function partitionsOf(admin: Admin, topic: string): Promise<number> {
  const { topics } = await askCluster(`looking up ${topic}`, () => admin.fetchTopicMetadata({ topics: [topic] }));
  const partitions = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
  if (partitions === 0) throw new BellwetherError("not_found", `topic ${topic} does not exist`, { retryable: false });
  return partitions;
}

function createClient(
  { brokers, clientId, ssl, sasl, logger }: KafkaLogOptions,
  { isConnected }: { readonly isConnected: () => boolean },
): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 200, retries: 5 },
    logLevel: logLevel.WARN,
    // The client is talkative about what it then repairs by itself: its errors are our warnings, and its warnings details.
    // While connecting even those are details: the last of them is what `openKafkaLog` throws.
    logCreator: () => (entry) => {
      const { message, ...rest } = entry.log;
      const details = { kafka: entry.namespace, reason: rest["error"] ?? "" };
      if (entry.level === logLevel.ERROR && isConnected()) logger?.warn(details, message);
      else logger?.debug(details, message);
    },
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  });
}
