import type { Logger } from "../logger.ts";
import { type EmbeddedLogOptions, openEmbeddedLog } from "./embedded.ts";
import type { RecordLog } from "./records.ts";

export type LogConfig = { readonly kind: "embedded" } & Omit<EmbeddedLogOptions, "logger" | "now">;

/** Opens the record log the configuration names. */
export async function openLog(config: LogConfig, { logger }: { logger?: Logger } = {}): Promise<RecordLog> {
  return openEmbeddedLog({ ...config, ...(logger === undefined ? {} : { logger }) });
}
