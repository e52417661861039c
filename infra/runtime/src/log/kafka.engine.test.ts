import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { loadConfig, processEnvironment } from "../config.ts";
import { brokerList, flag } from "../configFields.ts";
import { startBroker } from "../kafka/broker/broker.ts";
import { brokerAvailable } from "../kafka/broker/jars.ts";
import { retry } from "../retry.ts";
import { commitAll, numbered, numbersOf, range, read } from "./contract/reading.ts";
import { recordLogContract } from "./contract.ts";
import { KAFKA_CLIENTS } from "./kafka/client.ts";
import { COMPRESSIONS } from "./kafka/security.ts";
import { openKafkaLog } from "./kafka.ts";
import { openLog } from "./openLog.ts";
import { isRdkafkaInstalled, openRdkafkaLog } from "./rdkafka.ts";

const testEnvironmentSchema = z.object({
  /** Use this broker instead of starting one. */
  kafkaBrokers: brokerList().optional(),
  /** Also fetch the jars when they are not in the cache yet. */
  bellwetherKafkaTests: flag().default(false),
});

const isInstalled = isRdkafkaInstalled();
const INSTALLED = KAFKA_CLIENTS.filter((client) => client === "kafkajs" || isInstalled);
const WRITERS_AND_READERS = INSTALLED.flatMap((writer) => INSTALLED.map((reader) => [writer, reader] as const));

const { kafkaBrokers, bellwetherKafkaTests } = loadConfig(testEnvironmentSchema, processEnvironment());
const target = await findBroker();

describe("the Kafka adapter on a real broker", () => {
  if (target.kind === "none") {
    test.skip(`skipped: ${target.reason}`, () => {});
    return;
  }
  afterAll(target.stop);

  describe("kafkajs", () => {
    recordLogContract({ open: () => openKafkaLog({ brokers: target.brokers, clientId: "contract" }) });
  });

  describe("node-rdkafka", () => {
    // One name for all that is left out: the tests of both clients leave it out by themselves.
    if (!isInstalled) test.skip("skipped: node-rdkafka is not installed; infra/README.md has the command", () => {});
    else recordLogContract({ open: () => openRdkafkaLog({ brokers: target.brokers, clientId: "contract" }) });
  });

  test.skipIf(target.restart === null).each(INSTALLED)(
    "a subscription and a sender of %s outlive a crash of the broker",
    async (client) => {
      const topic = `crash-${client}`;
      const log = await openLog({ kind: "kafka", brokers: target.brokers, clientId: "crash", client });
      await log.ensureTopics([{ topic, partitions: 1 }]);
      await log.sink.send(topic, numbered(10));
      const reading = await read(log, { topic, group: topic, handle: commitAll });
      await reading.until(10);
      await target.restart?.();
      await retry(() => log.sink.send(topic, numbered(10, { from: 10 })), { attempts: 10, baseMs: 200, maxMs: 2_000 });
      const distinct = () => new Set(numbersOf(reading.records)).size;
      while (distinct() < 20) await reading.until(reading.records.length + 1);
      await log.close();
    },
  );

  describe.each(COMPRESSIONS)("records compressed with %s", (compression) => {
    test.each(WRITERS_AND_READERS)("sent through %s are read through %s", async (writer, reader) => {
      const topic = `codec-${compression}-${writer}-${reader}`;
      const sending = await openLog({ kind: "kafka", brokers: target.brokers, clientId: "codec", client: writer, compression });
      await sending.ensureTopics([{ topic, partitions: 1 }]);
      await sending.sink.send(topic, numbered(2_000));
      await sending.close();
      const reading = await openLog({ kind: "kafka", brokers: target.brokers, clientId: "codec", client: reader });
      const got = await read(reading, { topic, group: topic });
      await got.until(2_000);
      expect(numbersOf(got.records)).toEqual(range(2_000));
      await reading.close();
    });
  });

  test.each(["gzip", "snappy", "lz4", "zstd"] as const)(
    "a small %s batch that would inflate to 200 MB is handed out as a record without content, and the others as they are",
    async (compression) => {
      const topic = `bomb-${compression}`;
      const log = await openKafkaLog({ brokers: target.brokers, clientId: "bomb", compression });
      await log.ensureTopics([{ topic, partitions: 1 }]);
      await log.sink.send(topic, numbered(3));
      await log.sink.send(topic, [{ key: "bomb", value: Buffer.alloc(200 * 1024 * 1024) }]);
      await log.sink.send(topic, numbered(3, { from: 3 }));
      const got = await read(log, { topic, group: topic });
      await got.until(7);
      expect(got.records.map(({ offset }) => offset)).toEqual(range(7));
      expect(got.records[3]).toMatchObject({ value: null, unreadable: { reason: "too_large" } });
      expect(numbersOf(got.records.filter(({ value }) => value !== null))).toEqual(range(6));
      await log.close();
    },
  );
});

test("an unreachable broker is named on one line", async () => {
  await expect(openKafkaLog({ brokers: ["127.0.0.1:1"], clientId: "nobody" })).rejects.toMatchObject({
    code: "log_unavailable",
    retryable: true,
    message: "connecting to 127.0.0.1:1: expected an answer from broker 127.0.0.1:1, got: connect ECONNREFUSED 127.0.0.1:1",
  });
});

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
