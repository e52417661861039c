import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, test } from "vitest";
import { z } from "zod";
import { loadConfig, processEnvironment } from "../config.ts";
import { brokerList, flag } from "../configFields.ts";
import { startBroker } from "../kafka/broker/broker.ts";
import { brokerAvailable } from "../kafka/broker/jars.ts";
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
});

type Target =
  | { readonly kind: "broker"; readonly brokers: readonly string[]; readonly stop: () => Promise<void> }
  | { readonly kind: "none"; readonly reason: string };

/** The broker the environment names, or one of our own where Java and the jars are. */
async function findBroker(): Promise<Target> {
  if (kafkaBrokers !== undefined) return { kind: "broker", brokers: kafkaBrokers, stop: async () => {} };
  const availability = await brokerAvailable();
  if (availability.kind === "unavailable") return { kind: "none", reason: availability.reason };
  if (availability.needsDownload && !bellwetherKafkaTests) {
    return { kind: "none", reason: "the Kafka jars are not in the cache; BELLWETHER_KAFKA_TESTS=1 fetches them" };
  }
  const dir = await mkdtemp(join(tmpdir(), "bellwether-kafka-"));
  const broker = await startBroker({ dir });
  const stop = async () => {
    await broker.stop();
    await rm(dir, { recursive: true, force: true });
  };
  return { kind: "broker", brokers: broker.brokers, stop };
}
