import type { Message } from "node-rdkafka";
import type { LogRecord } from "../records.ts";

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A record of the port from the client's message; of a repeated header the last counts. */
export function toLogRecord({ topic, partition, offset, key, value, timestamp = 0, headers = [] }: Message): LogRecord {
  return {
    ...{ topic, partition, offset, value },
    key: typeof key === "string" ? Buffer.from(key) : (key ?? null),
    headers:
      headers.length === 0 ? NO_HEADERS : Object.fromEntries(headers.flatMap(Object.entries).map(([name, text]) => [name, String(text)])),
    timestampMs: timestamp,
  };
}
