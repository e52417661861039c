import { DEAD_LETTER_HEADERS } from "@bellwether/contracts/topics";
import type { Replay } from "../blocks/block.ts";

/** What a replayed dead letter carries: it keeps its origin, so that it is known when it fails again. */
export function replayHeaders({ topic, partition, offset, attempt }: Replay): Readonly<Record<string, string>> {
  return {
    [DEAD_LETTER_HEADERS.topic]: topic,
    [DEAD_LETTER_HEADERS.partition]: String(partition),
    [DEAD_LETTER_HEADERS.offset]: String(offset),
    [DEAD_LETTER_HEADERS.attempt]: String(attempt),
  };
}

/** The replay a record is part of; undefined for a record that comes for the first time, or whose headers make no sense. */
export function replayOf(headers: Readonly<Record<string, string>>): Replay | undefined {
  const attempt = headers[DEAD_LETTER_HEADERS.attempt];
  const topic = headers[DEAD_LETTER_HEADERS.topic];
  if (attempt === undefined || topic === undefined) return undefined;
  const numbers = [headers[DEAD_LETTER_HEADERS.partition], headers[DEAD_LETTER_HEADERS.offset], attempt];
  const [partition = -1, offset = -1, count = -1] = numbers.map((text) => (/^\d{1,15}$/.test(text ?? "") ? Number(text) : -1));
  const isSound = partition >= 0 && partition <= 65_535 && offset >= 0 && count >= 1 && count <= 65_535;
  return isSound ? { topic, partition, offset, attempt: count } : undefined;
}
