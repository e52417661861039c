import { CLUSTER_NAME } from "@bellwether/clickhouse/cluster";
import { httpUrl, port, secret } from "@bellwether/runtime/configFields";
import { kafkaConfigFields } from "@bellwether/runtime/log/kafka/config";
import { LOG_LEVELS } from "@bellwether/runtime/logger";
import { pem } from "@bellwether/runtime/secretFiles";
import { z } from "zod";

/** Which engines to use; everything absent means embedded in the home directory. */
export const platformConfigSchema = z.object({
  ...kafkaConfigFields,
  clickhouseUrl: httpUrl().optional().describe("ClickHouse HTTP address; absent: chDB in this process"),
  clickhouseUser: z.string().default("default").describe("ClickHouse user"),
  clickhousePassword: secret().optional().describe("ClickHouse password"),
  clickhousePasswordFile: z.string().min(1).optional().describe("file with the ClickHouse password, in place of CLICKHOUSE_PASSWORD"),
  clickhouseSslCa: pem().optional().describe("authorities of the certificate of an https address; absent: the system's"),
  clickhouseSslCert: pem().optional().describe("our certificate, where ClickHouse asks for one"),
  clickhouseSslKey: pem().optional().describe("key of our certificate"),
  clickhouseCluster: z
    .string()
    .regex(CLUSTER_NAME)
    .optional()
    .meta({ expected: "the name of a cluster in the server's configuration" })
    .describe("migrations create replicated tables ON CLUSTER, inserts wait for a majority; absent: one server"),
  clickhouseDatabase: z.string().default("default").describe("ClickHouse database"),
  postgresUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//)
    .meta({ expected: "an address that starts with postgres:// or postgresql://" })
    .optional()
    .describe("PostgreSQL address; absent: a server started in the home directory"),
  metricsHost: z.string().min(1).default("127.0.0.1").describe("address of METRICS_PORT"),
  metricsPort: port()
    .optional()
    .describe(
      "port of /metrics and /healthz in a process without the API, such as `bellwether ingest`, and beside it; absent: only the API's",
    ),
  logLevel: z.enum(LOG_LEVELS).default("warn").describe("least severe log line written to standard error"),
});

export type PlatformConfig = z.infer<typeof platformConfigSchema>;
