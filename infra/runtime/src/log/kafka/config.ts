import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { brokerList, flag, httpUrl, secret } from "../../configFields.ts";
import { pem, readPem, readSecret } from "../../secretFiles.ts";
import { KAFKA_CLIENTS, type KafkaLogOptions } from "./client.ts";
import { createTokenProvider } from "./oauth.ts";
import { COMPRESSIONS, type KafkaSasl, type KafkaTls } from "./security.ts";

/** What a process is told about its Kafka cluster; part of the platform's configuration. */
export const kafkaConfigFields = {
  kafkaBrokers: brokerList().optional().describe("Kafka bootstrap addresses; absent: the embedded log"),
  kafkaClient: z
    .enum(KAFKA_CLIENTS)
    .default("kafkajs")
    .describe("library that moves the records; node-rdkafka has to be installed beside us"),
  kafkaClientId: z.string().min(1).default("bellwether").describe("client id shown by the brokers"),
  kafkaCompression: z.enum(COMPRESSIONS).default("none").describe("compression of what is sent; every codec is read"),
  kafkaSsl: flag().default(false).describe("whether the brokers are reached over TLS"),
  kafkaSslCa: pem().optional().describe("authorities of the brokers' certificates; absent: the system's"),
  kafkaSslCert: pem().optional().describe("our certificate, where the brokers ask for one (mTLS)"),
  kafkaSslKey: pem().optional().describe("key of our certificate"),
  kafkaSslPassphrase: secret().optional().describe("passphrase of that key"),
  kafkaSaslMechanism: z
    .enum(["plain", "scram-sha-256", "scram-sha-512", "oauthbearer"])
    .optional()
    .describe("SASL mechanism; absent: none"),
  kafkaUser: z.string().optional().describe("SASL user"),
  kafkaPassword: secret().optional().describe("SASL password"),
  kafkaPasswordFile: z.string().min(1).optional().describe("file with the SASL password, in place of KAFKA_PASSWORD"),
  kafkaOauthTokenFile: z.string().min(1).optional().describe("oauthbearer: file with the token, read anew each time one is needed"),
  kafkaOauthUrl: httpUrl().optional().describe("oauthbearer: where tokens are asked for (client credentials)"),
  kafkaOauthClientId: z.string().optional().describe("oauthbearer: client id for that"),
  kafkaOauthClientSecret: secret().optional().describe("oauthbearer: client secret for that"),
  kafkaOauthScope: z.string().optional().describe("oauthbearer: scope that is asked for"),
};

export type KafkaConfig = z.infer<z.ZodObject<typeof kafkaConfigFields>>;

/** Options of the Kafka log; null without brokers. Reads the files named. Throws `config_invalid` for what is contradictory or missing. */
export function kafkaOptions(config: KafkaConfig, now: () => number): Omit<KafkaLogOptions, "logger"> | null {
  if (config.kafkaBrokers === undefined) return null;
  const [tls, sasl] = [tlsOf(config), saslOf(config, now)];
  return {
    brokers: config.kafkaBrokers,
    client: config.kafkaClient,
    clientId: config.kafkaClientId,
    compression: config.kafkaCompression,
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}

function tlsOf({ kafkaSsl, kafkaSslCa, kafkaSslCert, kafkaSslKey, kafkaSslPassphrase }: KafkaConfig): KafkaTls | undefined {
  const hasCertificate = kafkaSslCert !== undefined;
  if (hasCertificate !== (kafkaSslKey !== undefined)) throw invalid("KAFKA_SSL_CERT and KAFKA_SSL_KEY: expected both or none, got one");
  if (!kafkaSsl) {
    if (hasCertificate || kafkaSslCa !== undefined)
      throw invalid("KAFKA_SSL: expected true beside KAFKA_SSL_CA or KAFKA_SSL_CERT, got false");
    return undefined;
  }
  return {
    ca: readPem("KAFKA_SSL_CA", kafkaSslCa),
    cert: readPem("KAFKA_SSL_CERT", kafkaSslCert),
    key: readPem("KAFKA_SSL_KEY", kafkaSslKey),
    passphrase: kafkaSslPassphrase,
  };
}

function saslOf(config: KafkaConfig, now: () => number): KafkaSasl | undefined {
  const { kafkaSaslMechanism: mechanism, kafkaUser: username } = config;
  if (mechanism === undefined) return undefined;
  if (mechanism === "oauthbearer") return { mechanism, token: tokenProviderOf(config, now) };
  const password = readSecret("KAFKA_PASSWORD", config.kafkaPassword, config.kafkaPasswordFile);
  if (username === undefined || password === undefined) {
    throw invalid(`KAFKA_SASL_MECHANISM=${mechanism}: expected KAFKA_USER and KAFKA_PASSWORD or KAFKA_PASSWORD_FILE`);
  }
  return { mechanism, username, password };
}

function tokenProviderOf(
  {
    kafkaOauthTokenFile: file,
    kafkaOauthUrl: url,
    kafkaOauthClientId: clientId,
    kafkaOauthClientSecret: clientSecret,
    kafkaOauthScope: scope,
  }: KafkaConfig,
  now: () => number,
): () => Promise<string> {
  if (file !== undefined && url === undefined) return createTokenProvider({ kind: "file", file }, now);
  if (file === undefined && url !== undefined && clientId !== undefined && clientSecret !== undefined) {
    return createTokenProvider({ kind: "server", url, clientId, clientSecret, scope }, now);
  }
  throw invalid(
    "KAFKA_SASL_MECHANISM=oauthbearer: expected either KAFKA_OAUTH_TOKEN_FILE, or KAFKA_OAUTH_URL with KAFKA_OAUTH_CLIENT_ID and KAFKA_OAUTH_CLIENT_SECRET",
  );
}

function invalid(message: string): BellwetherError {
  return new BellwetherError("config_invalid", message, { retryable: false });
}
