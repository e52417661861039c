import type { Settings } from "node-rdkafka";
import type { KafkaLogOptions } from "../kafka/client.ts";
import { MESSAGE_BYTES_MAX } from "../kafka/cluster.ts";

/** The same limits as with the other client, in librdkafka's words. */
const SESSION_MS = 15_000;
const HEARTBEAT_MS = 1_000;
const FETCH_WAIT_MS = 250;
const PARTITION_BYTES_MAX = 4 * 1024 * 1024;
/** Fetched ahead, over all partitions of a member. */
const QUEUED_KIB_MAX = 16 * 1024;
const DELIVERY_MS_MAX = 30_000;
/** One request per partition carries at most this much: brokers refuse larger batches unless told otherwise. */
const BATCH_BYTES_MAX = 900 * 1024;
/** A member that hands out nothing for this long is taken to be stuck: a landing may wait out an outage. */
const POLL_MS_MAX = 24 * 3_600_000;

export function producerOptions(options: KafkaLogOptions): Settings {
  return {
    ...connectionOptions(options),
    "enable.idempotence": true,
    "compression.codec": options.compression ?? "none",
    "message.timeout.ms": DELIVERY_MS_MAX,
    "batch.size": BATCH_BYTES_MAX,
    "queue.buffering.max.ms": 2,
    dr_cb: true,
  };
}

/** `cooperative-sticky`: only partitions that move are given up, the others go on meanwhile. */
export function consumerOptions(options: KafkaLogOptions, group: string): Settings {
  return {
    ...connectionOptions(options),
    "group.id": group,
    "partition.assignment.strategy": "cooperative-sticky",
    "enable.auto.commit": false,
    "enable.auto.offset.store": false,
    // Ends the waiting for a batch when a partition has no more, instead of by a time-out.
    "enable.partition.eof": true,
    "session.timeout.ms": SESSION_MS,
    "heartbeat.interval.ms": HEARTBEAT_MS,
    "max.poll.interval.ms": POLL_MS_MAX,
    "fetch.wait.max.ms": FETCH_WAIT_MS,
    "max.partition.fetch.bytes": PARTITION_BYTES_MAX,
    "queued.max.messages.kbytes": QUEUED_KIB_MAX,
  };
}

function connectionOptions({ brokers, clientId, tls, sasl }: KafkaLogOptions): Settings {
  const transport = tls === undefined ? "plaintext" : "ssl";
  return {
    "metadata.broker.list": brokers.join(","),
    "client.id": clientId,
    "security.protocol": sasl === undefined ? transport : `sasl_${transport}`,
    "message.max.bytes": MESSAGE_BYTES_MAX,
    "allow.auto.create.topics": false,
    ...present({
      "ssl.ca.pem": tls?.ca,
      "ssl.certificate.pem": tls?.cert,
      "ssl.key.pem": tls?.key,
      "ssl.key.password": tls?.passphrase,
    }),
    ...saslOptions(sasl),
  };
}

function saslOptions(sasl: KafkaLogOptions["sasl"]): Settings {
  if (sasl === undefined) return {};
  const mechanism = { "sasl.mechanisms": sasl.mechanism.toUpperCase() };
  return sasl.mechanism === "oauthbearer" ? mechanism : { ...mechanism, "sasl.username": sasl.username, "sasl.password": sasl.password };
}

function present(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting !== undefined));
}
