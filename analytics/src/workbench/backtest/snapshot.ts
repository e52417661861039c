import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { isVisible } from "../../engine/landed.ts";
import type { Provenance } from "../types.ts";
import type { Window } from "./pieces.ts";

/** How far each partition of the log has landed: the data a run may see. */
export type Snapshot = Provenance["snapshot"];

/** Rows this long before the window can still change what is open when it begins: the warm-up and the longest look-back. */
const BEFORE_MS = 31 * 86_400_000;
/** Something landed this lately: more is probably coming while a run goes on. */
const LANDING_MS = 5 * 60_000;

/** What has landed by now. */
export async function readSnapshot(store: ColumnStore): Promise<Snapshot> {
  return store.query(
    `SELECT log_topic AS topic, log_partition AS partition, max(last_offset) AS maxOffset FROM ingest_ledger
     WHERE state = 'landed' GROUP BY log_topic, log_partition ORDER BY topic, partition`,
    z.object({ topic: z.string(), partition: z.number(), maxOffset: z.number() }),
  );
}

/** SQL over telemetry: the rows of a snapshot. Reads three more columns, so it is used only where later rows may be in the window. */
export function snapshotFilter(snapshot: Snapshot): string {
  return isVisible(snapshot.map(({ topic, partition, maxOffset }) => ({ topic, partition, nextOffset: maxOffset + 1 })));
}

/** Whether blocks that landed after the snapshot reach into the window. */
export async function hasLandedSince(store: ColumnStore, snapshot: Snapshot, window: Window): Promise<boolean> {
  const later = await laterThan(store, snapshot, window);
  return later.blocks > 0;
}

/** Whether later rows are in the window already, or probably will be before the run ends. */
export async function isUnderWay(store: ColumnStore, snapshot: Snapshot, window: Window, nowMs: number): Promise<boolean> {
  const { all, blocks, recordedMs, newestMs } = await laterThan(store, snapshot, window);
  // Without any ledger the rows came another way, and nothing can bound them.
  return all > 0 && (blocks > 0 || (nowMs - recordedMs < LANDING_MS && window.toMs > newestMs));
}

async function laterThan(store: ColumnStore, snapshot: Snapshot, { fromMs, toMs }: Window) {
  const [row] = await store.query(
    `SELECT count() AS all, countIf(last_offset > transform(concat(log_topic, '/', toString(log_partition)), {partitions:Array(String)}, {ends:Array(Int64)}, toInt64(-1))
         AND max_event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND min_event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')) AS blocks,
       toUnixTimestamp64Milli(max(recorded_at)) AS recordedMs, toUnixTimestamp64Milli(ifNull(max(max_event_time), max(recorded_at))) AS newestMs
     FROM ingest_ledger`,
    z.object({ all: z.number(), blocks: z.number(), recordedMs: z.number(), newestMs: z.number() }),
    {
      params: {
        partitions: ["", ...snapshot.map(({ topic, partition }) => `${topic}/${partition}`)],
        ends: [-1, ...snapshot.map(({ maxOffset }) => maxOffset)],
        from: fromMs - BEFORE_MS,
        to: toMs,
      },
    },
  );
  return row ?? { all: 0, blocks: 0, recordedMs: 0, newestMs: 0 };
}
