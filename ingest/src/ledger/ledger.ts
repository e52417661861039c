import type { ColumnStore } from "@bellwether/clickhouse/store";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import type { PlannedRange } from "../blocks/batcher.ts";
import { tokenOf } from "../blocks/block.ts";
import type { Block } from "../blocks/content.ts";
import { mendRollup } from "../blocks/rollup.ts";
import { createPresence, insertSurely } from "./presence.ts";

type LedgerState = "pending" | "landed";

export interface Ledger {
  /** Ranges recorded that reach to `fromOffset` or beyond: what an earlier run had in flight, or landed without getting to commit. */
  plan(topic: string, partition: number, fromOffset: number): Promise<readonly PlannedRange[]>;
  /** Writes down that a block is about to be inserted, or that all of it has landed. */
  record(block: Block, state: LedgerState): Promise<void>;
  /**
   * Refuses a log that ends before what the ledger has landed from it: the topic was deleted and made anew, its offsets
   * start over, and their tokens would silently drop new data as duplicates.
   */
  checkLog(topic: string, ends: readonly { readonly partition: number; readonly nextOffset: number }[]): Promise<void>;
}

const TABLE = "ingest_ledger";

// The greatest state per range is the newest, so no FINAL is needed.
const PLAN_SQL = `
SELECT first_offset, last_offset, toUInt8(max(toInt8(state)) = 2) AS landed
FROM ${TABLE}
WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16} AND last_offset >= {fromOffset:UInt64}
GROUP BY first_offset, last_offset
ORDER BY first_offset, landed DESC, last_offset`;

const ENDS_SQL = `
SELECT log_partition, max(last_offset) AS last_offset
FROM ${TABLE}
WHERE log_topic = {topic:String}
GROUP BY log_partition`;

const planRow = z.object({ first_offset: z.coerce.number(), last_offset: z.coerce.number(), landed: z.coerce.number() });
const endRow = z.object({ log_partition: z.coerce.number(), last_offset: z.coerce.number() });

/** The record of which offset ranges are in flight and which have landed, kept in `ingest_ledger`. */
export function createLedger({ store, now }: { store: ColumnStore; now: () => number }): Ledger {
  const presence = createPresence(store);
  return {
    async plan(topic, partition, fromOffset) {
      const rows = await store.query(PLAN_SQL, planRow, { params: { topic, partition, fromOffset } });
      return withoutOverlap(
        rows.map((row) => ({ firstOffset: row.first_offset, lastOffset: row.last_offset, hasLanded: row.landed === 1 })),
        fromOffset,
      );
    },
    async record(block, state) {
      if (state === "landed" && block.isRebuilt === true) await mendRollup(store, block);
      const row = { ...ledgerRow(block), state, recorded_at: new Date(now()).toISOString() };
      await insertSurely({
        block,
        token: `${tokenOf(block)}:${state}`,
        insert: (token) => store.insertRows(TABLE, [row], { token }),
        isStored: () => presence.hasRange(block, state),
      });
    },
    async checkLog(topic, ends) {
      const landed = await store.query(ENDS_SQL, endRow, { params: { topic } });
      for (const { log_partition, last_offset } of landed) {
        const nextOffset = ends.find(({ partition }) => partition === log_partition)?.nextOffset ?? 0;
        if (nextOffset <= last_offset) throw recreated(topic, log_partition, nextOffset, last_offset);
      }
    },
  };
}

function ledgerRow({ topic, partition, firstOffset, lastOffset, content }: Block): object {
  const { records, rows, landedRecords, ignoredRecords, parked, minEventTimeMs, maxEventTimeMs } = content;
  return {
    log_topic: topic,
    log_partition: partition,
    first_offset: firstOffset,
    last_offset: lastOffset,
    records,
    landed: landedRecords,
    samples: rows,
    ignored: ignoredRecords,
    rejected: parked.length,
    min_event_time: rows === 0 ? null : new Date(minEventTimeMs).toISOString(),
    max_event_time: rows === 0 ? null : new Date(maxEventTimeMs).toISOString(),
  };
}

/**
 * Two writers that both believed to own the partition may have announced overlapping ranges. What has landed stands; an
 * announced range that overlaps it was its writer's last act before he was fenced. Of announced ranges alone, the first one stands;
 * one that begins before what is delivered cannot be built again, and belongs to nobody.
 */
function withoutOverlap(ranges: readonly PlannedRange[], fromOffset: number): readonly PlannedRange[] {
  const landed = inOrder(ranges.filter(({ hasLanded }) => hasLanded));
  const announced = inOrder(ranges.filter(({ hasLanded, firstOffset }) => !hasLanded && firstOffset >= fromOffset));
  let next = 0;
  const free = announced.filter(({ firstOffset, lastOffset }) => {
    while ((landed[next]?.lastOffset ?? firstOffset) < firstOffset) next++;
    return lastOffset < (landed[next]?.firstOffset ?? Number.POSITIVE_INFINITY);
  });
  return [...landed, ...free].sort((a, b) => a.firstOffset - b.firstOffset);
}

/** Ascending ranges without those that overlap an earlier one. */
function inOrder(ranges: readonly PlannedRange[]): readonly PlannedRange[] {
  const kept: PlannedRange[] = [];
  for (const range of ranges) {
    if (range.firstOffset > (kept.at(-1)?.lastOffset ?? -1)) kept.push(range);
  }
  return kept;
}

function recreated(topic: string, partition: number, nextOffset: number, lastOffset: number): BellwetherError {
  const expected = `expected ${topic} partition ${partition} to reach beyond offset ${lastOffset}, which has landed`;
  const advice = "was the topic deleted and created again? Give ingest a new topic name";
  return new BellwetherError("log_corrupt", `${expected}, got an end at ${nextOffset}; ${advice}`, { retryable: false });
}
