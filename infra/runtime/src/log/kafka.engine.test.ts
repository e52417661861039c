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
import { batchOf, produceBatch, type TestRecord } from "./kafka/testing.ts";
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

  describe.each(INSTALLED)("what one batch may become, read through %s", (client) => {
    /** A batch made by hand between two plain ones, read to the end. */
    const readBetween = async (codec: string, records: readonly TestRecord[]) => {
      const topic = `swollen-${client}-${codec}-${records.length}`;
      const log = await openLog({ kind: "kafka", brokers: target.brokers, clientId: "swollen", client });
      await log.ensureTopics([{ topic, partitions: 1 }]);
      await log.sink.send(topic, numbered(3));
      const [broker = ""] = target.brokers;
      expect(await produceBatch(broker, topic, await batchOf(records, { baseOffset: 0, codec }))).toBe(0);
      await log.sink.send(topic, numbered(3, { from: 3 }));
      const got = await read(log, { topic, group: topic, handle: commitAll });
      await got.until(records.length + 6);
      await log.close();
      expect(got.records.map(({ offset }) => offset)).toEqual(range(records.length + 6));
      return got;
    };

    test("300,000 empty records of one compressed batch come as they are, in batches of at most 5,000", async () => {
      const got = await readBetween(
        "zstd",
        Array.from({ length: 300_000 }, () => recordOf(null)),
      );
      expect(got.records.slice(3, -3).every(({ value, unreadable }) => value === null && unreadable === undefined)).toBe(true);
      expect(Math.max(...got.batches.map(({ records }) => records.length))).toBeLessThanOrEqual(5_000);
    });

    // librdkafka takes a batch for what it becomes, however much that is.
    test.skipIf(client === "node-rdkafka").each(["gzip", "snappy", "lz4", "zstd"])(
      "a small %s batch of 80 MB comes as records without content, the others as they are",
      async (codec) => {
        const part = Buffer.alloc(4 * 1024 * 1024);
        const got = await readBetween(
          codec,
          Array.from({ length: 20 }, () => recordOf(part)),
        );
        expect(got.records.slice(3, -3).every(({ value, unreadable }) => value === null && unreadable?.reason === "too_large")).toBe(true);
        expect(numbersOf([...got.records.slice(0, 3), ...got.records.slice(-3)])).toEqual(range(6));
      },
    );
  });

  const REFUSED = "a zstd batch that librdkafka refuses ends its subscription and says what to do";
  test.skipIf(!isInstalled)(isInstalled ? REFUSED : `skipped: node-rdkafka is not installed: ${REFUSED}`, async () => {
    const log = await openRdkafkaLog({ brokers: target.brokers, clientId: "refused" });
    await log.ensureTopics([{ topic: "refused", partitions: 1 }]);
    const part = Buffer.alloc(12 * 1024 * 1024);
    const records = Array.from({ length: 10 }, () => recordOf(part));
    await produceBatch(target.brokers[0] ?? "", "refused", await batchOf(records, { baseOffset: 0, codec: "zstd" }));
    const { subscription } = await read(log, { topic: "refused", group: "refused" });
    await expect(subscription.done).rejects.toThrow("KAFKA_CLIENT=kafkajs parks its records and goes on");
    await log.close();
  });
});

function recordOf(value: Buffer | null): TestRecord {
  return { key: null, value, headers: {}, timestampDelta: 0 };
}

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
