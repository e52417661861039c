import { brokerList, flag, httpUrl, secret } from "@bellwether/runtime/configFields";
import { LOG_LEVELS } from "@bellwether/runtime/logger";
import { z } from "zod";

/** Which engines to use; everything absent means embedded in the home directory. */
export const platformConfigSchema = z.object({
  kafkaBrokers: brokerList().optional().describe("Kafka bootstrap addresses; absent: the embedded log"),
  kafkaClientId: z.string().min(1).default("bellwether").describe("client id shown by the brokers"),
  kafkaSsl: flag().default(false).describe("whether the brokers are reached over TLS"),
  kafkaSaslMechanism: z.enum(["plain", "scram-sha-256", "scram-sha-512"]).optional().describe("SASL mechanism; absent: none"),
  kafkaUser: z.string().optional().describe("SASL user"),
  kafkaPassword: secret().optional().describe("SASL password"),
  clickhouseUrl: httpUrl().optional().describe("ClickHouse HTTP address; absent: chDB in this process"),
  clickhouseUser: z.string().default("default").describe("ClickHouse user"),
  clickhousePassword: secret().optional().describe("ClickHouse password"),
  clickhouseDatabase: z.string().default("default").describe("ClickHouse database"),
  postgresUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//)
    .meta({ expected: "an address that starts with postgres:// or postgresql://" })
    .optional()
    .describe("PostgreSQL address; absent: a server started in the home directory"),
  logLevel: z.enum(LOG_LEVELS).default("warn").describe("least severe log line written to standard error"),
});

export type PlatformConfig = z.infer<typeof platformConfigSchema>;
