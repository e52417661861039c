import { DEAD_LETTER_HEADERS, TOPICS } from "@bellwether/contracts/topics";
import type { OutgoingRecord, RecordSink } from "@bellwether/runtime/log/records";
import type { ParkedRecord } from "../blocks/block.ts";
import type { Block } from "../blocks/content.ts";

const DETAIL_MAX = 500;

/**
 * Sends the block's parked records to the dead-letter topic, raw, with reason and origin in the headers. After a crash a
 * record may be sent a second time; its origin (topic, partition, offset) is the same, and the table has it once. A replayed
 * record that failed again is on the topic already.
 */
export async function parkDeadLetters(block: Block, sink: RecordSink): Promise<void> {
  const firstTimes = block.content.parked.filter(({ replay }) => replay === undefined);
  const letters = firstTimes.map(({ offset, record }) => deadLetter(block, offset, record));
  if (letters.length > 0) await sink.send(TOPICS.deadLetters, letters);
}

function deadLetter(
  block: Block,
  offset: number,
  { rejection, key, keyText, value, rawBytes, isWhole, isSealed }: ParkedRecord,
): OutgoingRecord {
  return {
    key: isSealed ? keyText : key,
    value,
    headers: {
      [DEAD_LETTER_HEADERS.reason]: rejection.reason,
      [DEAD_LETTER_HEADERS.detail]: rejection.detail.slice(0, DETAIL_MAX),
      [DEAD_LETTER_HEADERS.topic]: block.topic,
      [DEAD_LETTER_HEADERS.partition]: String(block.partition),
      [DEAD_LETTER_HEADERS.offset]: String(offset),
      ...(isWhole ? {} : { [DEAD_LETTER_HEADERS.originalBytes]: String(rawBytes) }),
      ...(isSealed ? { [DEAD_LETTER_HEADERS.sealed]: "aes-256-gcm" } : {}),
    },
  };
}
