import { BellwetherError } from "@bellwether/contracts/errors";
import { type Admin, Kafka, type KafkaConfig, logLevel, type SASLOptions } from "kafkajs";
import type { Logger } from "../../logger.ts";
import { within } from "../../within.ts";
import { toLogError } from "./errors.ts";
import type { Compression, KafkaSasl, KafkaTls } from "./security.ts";

export interface KafkaLogOptions {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Which library moves the records; kafkajs by default. node-rdkafka has to be installed beside us. */
  readonly client?: KafkaClient;
  /** Absent: no TLS. */
  readonly tls?: KafkaTls;
  readonly sasl?: KafkaSasl;
  /** How records are compressed that are sent; every codec is read, whatever this says. */
  readonly compression?: Compression;
  readonly batchRecordsMax?: number;
  readonly logger?: Logger;
}

export const KAFKA_CLIENTS = ["kafkajs", "node-rdkafka"] as const;
export type KafkaClient = (typeof KAFKA_CLIENTS)[number];

/** Above what the client's own retries of a refused connection take, about 6 s. */
const CONNECT_MS_MAX = 10_000;
const DISCONNECT_MS_MAX = 1_000;

interface Connectable {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/** A kafkajs client whose `admin` and `others` are connected; rejects with `log_unavailable` when no broker answers. */
export async function connectKafka<T extends Connectable | undefined>(
  options: KafkaLogOptions,
  createOther: (kafka: Kafka) => T,
): Promise<{ readonly kafka: Kafka; readonly admin: Admin; readonly other: T }> {
  const state = { isConnected: false };
  const kafka = createClient(options, state);
  const admin = kafka.admin();
  const other = createOther(kafka);
  try {
    await within(CONNECT_MS_MAX, connect(admin, other), () => noAnswer(options.brokers));
  } catch (error) {
    await within(DISCONNECT_MS_MAX, Promise.allSettled([other?.disconnect(), admin.disconnect()]), () => noAnswer(options.brokers)).catch(
      () => undefined,
    );
    throw toLogError(error, `connecting to ${options.brokers.join(",")}`);
  }
  state.isConnected = true;
  return { kafka, admin, other };
}

/** A connection alone proves nothing: whatever listens on the port accepts it. */
async function connect(admin: Admin, other: Connectable | undefined): Promise<void> {
  await Promise.all([other?.connect(), admin.connect()]);
  await admin.describeCluster();
}

function noAnswer(brokers: readonly string[]): BellwetherError {
  const message = `connecting to ${brokers.join(",")}: expected an answer from a Kafka broker, got none within ${CONNECT_MS_MAX / 1000} s`;
  return new BellwetherError("log_unavailable", message, { retryable: true });
}

function createClient({ brokers, clientId, tls, sasl, logger }: KafkaLogOptions, state: { readonly isConnected: boolean }): Kafka {
  return new Kafka({
    brokers: [...brokers],
    clientId,
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 200, retries: 5 },
    logLevel: logLevel.WARN,
    // The client is talkative about what it then repairs by itself: its errors are our warnings, and its warnings details.
    // While connecting even those are details: the last of them is what is thrown.
    logCreator: () => (entry) => {
      const { message, ...rest } = entry.log;
      const details = { kafka: entry.namespace, reason: rest["error"] ?? "" };
      if (entry.level === logLevel.ERROR && state.isConnected) logger?.warn(details, message);
      else logger?.debug(details, message);
    },
    ...(tls === undefined ? {} : { ssl: tlsOptions(tls) }),
    ...(sasl === undefined ? {} : { sasl: saslOptions(sasl) }),
  });
}

function tlsOptions({ ca, cert, key, passphrase }: KafkaTls): NonNullable<KafkaConfig["ssl"]> {
  const given = { ca, cert, key, passphrase };
  return Object.fromEntries(Object.entries(given).filter(([, text]) => text !== undefined));
}

function saslOptions(sasl: KafkaSasl): SASLOptions {
  switch (sasl.mechanism) {
    case "plain":
      return { mechanism: "plain", username: sasl.username, password: sasl.password };
    case "scram-sha-256":
      return { mechanism: "scram-sha-256", username: sasl.username, password: sasl.password };
    case "scram-sha-512":
      return { mechanism: "scram-sha-512", username: sasl.username, password: sasl.password };
    case "oauthbearer":
      return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: await sasl.token() }) };
  }
}
