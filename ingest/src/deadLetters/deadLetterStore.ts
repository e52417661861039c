import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { DeadLetter, DeadLetterFilter } from "@bellwether/contracts/operations";
import { REJECTION_REASONS } from "@bellwether/contracts/sample";
import { z } from "zod";
import type { Replay } from "../blocks/block.ts";
import type { LetterContent, Sealing } from "../privacy/sealing.ts";

/** Bytes of a dead letter that are shown; the rest is in the table. */
const SHOWN_BYTES_MAX = 4096;

// FINAL: a record parked twice (crash) is one record. A letter is known by its origin: a replay that failed again makes it
// newer, not two. The newest attempt says why, the first one what.
const LIST_SQL = `
SELECT origin_topic, origin_partition, origin_offset,
  argMax(reason, (attempt, received_time)) AS last_reason, argMax(detail, (attempt, received_time)) AS last_detail,
  argMin(key, attempt) AS key_text, argMin(key_base64, attempt) AS key_b64, argMin(headers, attempt) AS headers_json,
  argMin(raw_base64, attempt) AS raw_b64, argMin(raw_bytes, attempt) AS bytes,
  argMin(is_sealed, attempt) AS sealed, argMin(is_whole, attempt) AS whole,
  min(received_time) AS first_seen, max(received_time) AS last_seen, max(last_attempt) AS replays, max(is_open) AS in_doubt
FROM (SELECT origin_topic, origin_partition, origin_offset, attempt, reason, detail, key, key_base64, headers, raw_base64, raw_bytes, is_sealed,
        is_whole, received_time FROM rejected_records FINAL) AS letters
LEFT JOIN (
  SELECT origin_topic, origin_partition, origin_offset, max(attempt) AS last_attempt,
    toUInt8(argMax(furthest, attempt) = 1) AS is_open
  FROM (
    SELECT origin_topic, origin_partition, origin_offset, attempt, max(toInt8(state)) AS furthest
    FROM dead_letter_replays GROUP BY origin_topic, origin_partition, origin_offset, attempt
  ) GROUP BY origin_topic, origin_partition, origin_offset
) AS sent USING (origin_topic, origin_partition, origin_offset)
WHERE ({origin:String} = '' OR concat(origin_topic, ':', toString(origin_partition), ':', toString(origin_offset)) = {origin:String})
GROUP BY origin_topic, origin_partition, origin_offset
HAVING last_seen >= {since:DateTime64(3, 'UTC')} AND ({reason:String} = '' OR last_reason = {reason:String})
  AND ({waiting:UInt8} = 0 OR replays = 0 OR in_doubt = 1)
ORDER BY last_seen DESC, origin_topic, origin_partition, origin_offset DESC
LIMIT {limit:UInt32}`;

const letterRow = z.object({
  origin_topic: z.string(),
  origin_partition: z.coerce.number(),
  origin_offset: z.coerce.number(),
  last_reason: z.enum(REJECTION_REASONS),
  last_detail: z.string(),
  key_text: z.string(),
  key_b64: z.string(),
  headers_json: z.string(),
  raw_b64: z.string(),
  bytes: z.coerce.number(),
  sealed: z.coerce.boolean(),
  whole: z.coerce.boolean(),
  first_seen: z.iso.datetime(),
  last_seen: z.iso.datetime(),
  replays: z.coerce.number(),
  in_doubt: z.coerce.boolean(),
});
const headersSchema = z.record(z.string(), z.string()).catch({});

/** A dead letter as the table has it, with what is needed to send it again. */
export interface StoredLetter {
  readonly shown: DeadLetter;
  /** Null when it was not kept whole, or is sealed with a key this process does not have. */
  readonly content: LetterContent | null;
  /** A replay of it was claimed, and nobody knows yet whether it was sent. */
  readonly isInDoubt: boolean;
}

export interface DeadLetterStore {
  /** Newest first. `isWaiting`: only letters that have never been replayed, or whose replay is in doubt. */
  list(filter: DeadLetterFilter & { isWaiting?: boolean }): Promise<readonly StoredLetter[]>;
  /** Writes down how far replays have come. */
  record(replays: readonly Replay[], state: "claimed" | "sent", nowMs: number): Promise<void>;
}

export function createDeadLetterStore({ store, sealing }: { store: ColumnStore; sealing: Sealing | undefined }): DeadLetterStore {
  return {
    async list({ reason = "", since, origin = "", limit, isWaiting = false }) {
      const sinceTime = new Date(since ?? 0).toISOString().replace("Z", "");
      const params = { reason, origin, limit, since: sinceTime, waiting: isWaiting ? 1 : 0 };
      const rows = await store.query(LIST_SQL, letterRow, { params });
      return rows.map((row) => storedLetter(row, sealing));
    },
    async record(replays, state, nowMs) {
      const at = new Date(nowMs).toISOString();
      const rows = replays.map(({ topic, partition, offset, attempt }) => ({
        ...{ origin_topic: topic, origin_partition: partition, origin_offset: offset, attempt, state, at },
      }));
      const [first] = replays;
      if (first === undefined) return;
      const { topic, partition, offset } = first;
      await store.insertRows("dead_letter_replays", rows, { token: `${state}:${topic}:${partition}:${offset}:${rows.length}:${nowMs}` });
    },
  };
}

function storedLetter(row: z.infer<typeof letterRow>, sealing: Sealing | undefined): StoredLetter {
  const value = Buffer.from(row.raw_b64, "base64");
  const plain: LetterContent = {
    // A key without bytes and no key at all are the same to ingest.
    key: row.key_b64 === "" ? null : Buffer.from(row.key_b64, "base64"),
    headers: headersSchema.parse(JSON.parse(row.headers_json === "" ? "{}" : row.headers_json)),
    value,
  };
  const content = row.sealed ? (sealing?.open(value) ?? null) : plain;
  return {
    shown: {
      ...{ topic: row.origin_topic, partition: row.origin_partition, offset: row.origin_offset },
      ...{ reason: row.last_reason, detail: row.last_detail, key: row.key_text, headers: content?.headers ?? {} },
      ...{ firstSeenAt: row.first_seen, lastSeenAt: row.last_seen, bytes: row.bytes },
      hex: content?.value.toString("hex", 0, SHOWN_BYTES_MAX) ?? "",
      ...{ isSealed: row.sealed, isWhole: row.whole, replays: row.replays },
    },
    content: row.whole ? content : null,
    isInDoubt: row.in_doubt,
  };
}
