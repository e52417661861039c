import type { Kafka } from "kafkajs";
import { connectKafka, type KafkaLogOptions } from "./kafka/client.ts";
import { createCluster } from "./kafka/cluster.ts";
import { registerCodecs } from "./kafka/codecs.ts";
import { boundFetches } from "./kafka/fetch.ts";
import { createKafkaLog } from "./kafka/log.ts";
import { createKafkaSink } from "./kafka/sink.ts";
import { KafkaSubscription } from "./kafka/subscription.ts";
import type { RecordLog } from "./records.ts";

/** Connects to a Kafka cluster; rejects with `log_unavailable` when no broker answers. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<RecordLog> {
  registerCodecs();
  boundFetches();
  const { kafka, admin, other: producer } = await connectKafka(options, createProducer);
  const { logger, batchRecordsMax = 5_000, compression = "none" } = options;
  const cluster = createCluster(admin);
  return createKafkaLog({
    cluster,
    createSubscription: (wanted) => new KafkaSubscription({ kafka, admin, options: wanted, batchRecordsMax, logger }),
    createSink: (isClosed) => createKafkaSink({ producer, partitionsOf: cluster.partitionsOf, isClosed, compression }),
    closeClients: async () => void (await Promise.all([producer.disconnect(), admin.disconnect()])),
  });
}

/**
 * One request at a time per broker: a retried request cannot overtake the one after it, which keeps a key's order.
 * Idempotent: when one partition of a request is refused (a leader moves), kafkajs sends all of them again, which the broker then
 * recognises; without it they would be in the log twice.
 */
function createProducer(kafka: Kafka) {
  return kafka.producer({ allowAutoTopicCreation: false, maxInFlightRequests: 1, idempotent: true });
}
