import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kafka } from "kafkajs";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { loadConfig, processEnvironment } from "../config.ts";
import { brokerList, flag } from "../configFields.ts";
import { startBroker } from "../kafka/broker/broker.ts";
import { brokerAvailable } from "../kafka/broker/jars.ts";
import { retry } from "../retry.ts";
import { commitAll, numbered, numbersOf, range, read } from "./contract/reading.ts";
import { recordLogContract } from "./contract.ts";
import { openKafkaLog } from "./kafka.ts";

const testEnvironmentSchema = z.object({
  /** Use this broker instead of starting one. */
  kafkaBrokers: brokerList().optional(),
  /** Also fetch the jars when they are not in the cache yet. */
  bellwetherKafkaTests: flag().default(false),
});

const { kafkaBrokers, bellwetherKafkaTests } = loadConfig(testEnvironmentSchema, processEnvironment());
const target = await findBroker();

describe("the Kafka adapter on a real broker", () => {
  if (target.kind === "none") {
    test.skip(`skipped: ${target.reason}`, () => {});
    return;
  }
  afterAll(target.stop);

  recordLogContract({ open: () => openKafkaLog({ brokers: target.brokers, clientId: "contract" }) });

  test.skipIf(target.restart === null)("a subscription and a sender outlive a crash of the broker", async () => {
    const log = await openKafkaLog({ brokers: target.brokers, clientId: "crash" });
    await log.ensureTopics([{ topic: "crash", partitions: 1 }]);
    await log.sink.send("crash", numbered(10));
    const reading = await read(log, { topic: "crash", group: "crash", handle: commitAll });
    await reading.until(10);
    await target.restart?.();
    await retry(() => log.sink.send("crash", numbered(10, { from: 10 })), { attempts: 10, baseMs: 200, maxMs: 2_000 });
    const distinct = () => new Set(numbersOf(reading.records)).size;
    while (distinct() < 20) await reading.until(reading.records.length + 1);
    await log.close();
  });

  test("a gzip topic is read, and another codec ends the subscription with its name", async () => {
    const { brokers } = target;
    await createCompressedTopics(brokers, ["gzip", "lz4"]);
    const log = await openKafkaLog({ brokers, clientId: "codec" });
    for (const topic of ["gzip", "lz4"]) await log.sink.send(topic, numbered(3));
    const gzip = await read(log, { topic: "gzip", group: "codec-gzip" });
    await gzip.until(3);
    expect(numbersOf(gzip.records)).toEqual(range(3));
    const lz4 = await read(log, { topic: "lz4", group: "codec-lz4" });
    await expect(lz4.subscription.done).rejects.toMatchObject({
      code: "log_unavailable",
      retryable: false,
      message: expect.stringContaining("LZ4 compression"),
    });
    await log.close();
  });
});

test("an unreachable broker is named on one line", async () => {
  await expect(openKafkaLog({ brokers: ["127.0.0.1:1"], clientId: "nobody" })).rejects.toMatchObject({
    code: "log_unavailable",
    retryable: true,
    message: "connecting to 127.0.0.1:1: expected an answer from broker 127.0.0.1:1, got: connect ECONNREFUSED 127.0.0.1:1",
  });
});

/** Topics that the broker itself compresses, whatever the sender does; named after the codec. */
async function createCompressedTopics(brokers: readonly string[], codecs: readonly string[]): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], clientId: "codec" }).admin();
  await admin.connect();
  const topics = codecs.map((codec) => ({ topic: codec, configEntries: [{ name: "compression.type", value: codec }] }));
  await admin.createTopics({ topics });
  await admin.disconnect();
}

type Target =
  | {
      readonly kind: "broker";
      readonly brokers: readonly string[];
      readonly stop: () => Promise<void>;
      /** Kills it and starts it again on its data; null for a broker that is not ours. */
      readonly restart: (() => Promise<void>) | null;
    }
  | { readonly kind: "none"; readonly reason: string };

/** The broker the environment names, or one of our own where Java and the jars are. */
async function findBroker(): Promise<Target> {
  if (kafkaBrokers !== undefined) return { kind: "broker", brokers: kafkaBrokers, stop: async () => {}, restart: null };
  const availability = await brokerAvailable();
  if (availability.kind === "unavailable") return { kind: "none", reason: availability.reason };
  if (availability.needsDownload && !bellwetherKafkaTests) {
    return { kind: "none", reason: "the Kafka jars are not in the cache; BELLWETHER_KAFKA_TESTS=1 fetches them" };
  }
  const dir = await mkdtemp(join(tmpdir(), "bellwether-kafka-"));
  let broker = await startBroker({ dir });
  const { brokers } = broker;
  return {
    kind: "broker",
    brokers,
    async stop() {
      await broker.stop();
      await rm(dir, { recursive: true, force: true });
    },
    async restart() {
      await broker.kill();
      broker = await startBroker({ dir, port: Number(brokers[0]?.split(":")[1]) });
    },
  };
}
