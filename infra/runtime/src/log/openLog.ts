import type { Logger } from "../logger.ts";
import { type EmbeddedLogOptions, openEmbeddedLog } from "./embedded.ts";
import type { KafkaLogOptions } from "./kafka/client.ts";
import { openKafkaLog } from "./kafka.ts";
import { openRdkafkaLog } from "./rdkafka.ts";
import type { RecordLog } from "./records.ts";

export type LogConfig =
  | ({ readonly kind: "embedded" } & Omit<EmbeddedLogOptions, "logger" | "now">)
  | ({ readonly kind: "kafka" } & Omit<KafkaLogOptions, "logger">);

/** Opens the record log the configuration names: the one in this process, or a Kafka cluster. */
export async function openLog(config: LogConfig, { logger }: { logger?: Logger } = {}): Promise<RecordLog> {
  const withLogger = logger === undefined ? {} : { logger };
  switch (config.kind) {
    case "embedded":
      return openEmbeddedLog({ ...config, ...withLogger });
    case "kafka":
      return config.client === "node-rdkafka" ? openRdkafkaLog({ ...config, ...withLogger }) : openKafkaLog({ ...config, ...withLogger });
  }
}
