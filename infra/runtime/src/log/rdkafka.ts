import { createRequire } from "node:module";
import { BellwetherError } from "@bellwether/contracts/errors";
import { connectKafka, type KafkaLogOptions } from "./kafka/client.ts";
import { createCluster } from "./kafka/cluster.ts";
import { createKafkaLog } from "./kafka/log.ts";
import { connectClient, disconnectClient } from "./rdkafka/clients.ts";
import { consumerOptions, producerOptions } from "./rdkafka/options.ts";
import { createRdkafkaSink } from "./rdkafka/sink.ts";
import { type ConsumerCallbacks, RdkafkaSubscription } from "./rdkafka/subscription.ts";
import type { RecordLog } from "./records.ts";

/** Must be the version in peerDependencies. */
const VERSION = "3.6.1";

/**
 * Connects to a Kafka cluster through librdkafka, which has to be installed beside us: records are fetched, compressed and
 * sent by its threads, and rebalances are cooperative. Questions to the cluster (topics, ends, committed offsets) go through
 * kafkajs, as with the other client. Rejects with `config_invalid` when the module is missing, `log_unavailable` when no broker answers.
 */
export async function openRdkafkaLog(options: KafkaLogOptions): Promise<RecordLog> {
  const rdkafka = loadRdkafka();
  const { admin } = await connectKafka(options, () => undefined);
  const { logger, batchRecordsMax = 5_000 } = options;
  const cluster = createCluster(admin);
  const producer = new rdkafka.Producer(producerOptions(options), { acks: -1 });
  const disconnect = await connectClient(producer, options).catch(async (error: unknown) => {
    await admin.disconnect();
    throw error;
  });
  return createKafkaLog({
    cluster,
    createSubscription: (wanted) => {
      const createConsumer = ({ onRebalance, onCommit }: ConsumerCallbacks) => {
        const settings = { ...consumerOptions(options, wanted.group), rebalance_cb: onRebalance, offset_commit_cb: onCommit };
        return new rdkafka.KafkaConsumer(settings, { "auto.offset.reset": "earliest" });
      };
      return new RdkafkaSubscription({ createConsumer, admin, cluster, connection: options, options: wanted, batchRecordsMax, logger });
    },
    createSink: (isClosed) => createRdkafkaSink({ producer, partitionsOf: cluster.partitionsOf, isClosed }),
    closeClients: async () => {
      disconnect();
      await Promise.all([disconnectClient(producer), admin.disconnect()]);
    },
  });
}

/** Whether `openRdkafkaLog` can find its module. */
export function isRdkafkaInstalled(): boolean {
  try {
    require.resolve("node-rdkafka");
    return true;
  } catch {
    return false;
  }
}

const require = createRequire(import.meta.url);

/** The module (CommonJS), loaded when it is wanted and not before. */
function loadRdkafka(): typeof import("node-rdkafka") {
  try {
    return require("node-rdkafka");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    const advice = `install it with: npm install --no-save node-rdkafka@${VERSION} (about 3 minutes, needs a C++ compiler)`;
    throw new BellwetherError("config_invalid", `KAFKA_CLIENT=node-rdkafka: the module cannot be loaded (${why}); ${advice}`, {
      retryable: false,
      cause,
    });
  }
}
