import type { IHeaders, KafkaMessage } from "kafkajs";
import type { LogRecord, Unreadable } from "../records.ts";
import { unreadableOf } from "./recordSet.ts";

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** A record of the port from the client's message; header bytes are read as UTF-8, of a repeated header the last counts. */
export function toLogRecord(message: KafkaMessage, at: { topic: string; partition: number }): LogRecord {
  const unreadable = unreadableOf(message);
  if (unreadable !== undefined) return unreadableRecord(message, at, unreadable);
  return {
    topic: at.topic,
    partition: at.partition,
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function toHeaders(headers: IHeaders | undefined): Readonly<Record<string, string>> {
  if (headers === undefined) return NO_HEADERS;
  const entries = Object.entries(headers);
  if (entries.length === 0) return NO_HEADERS;
  return Object.fromEntries(entries.map(([name, content]) => [name, String((Array.isArray(content) ? content.at(-1) : content) ?? "")]));
}

/** Stands for a record whose content cannot be had (recordSet.ts). */
function unreadableRecord(
  { offset, timestamp }: KafkaMessage,
  at: { topic: string; partition: number },
  unreadable: Unreadable,
): LogRecord {
  return { ...at, offset: Number(offset), key: null, value: null, headers: NO_HEADERS, timestampMs: Number(timestamp), unreadable };
}
