import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";

/** How completely and how late each vehicle reported, per day: written for analytics, which need not look at every row again. */

const CURSOR_SQL = `SELECT toUnixTimestamp64Milli(max(computed_at)) AS at FROM report_scores`;

const LANDED_SQL = `
SELECT log_topic, log_partition, min(first_offset) AS first_offset, max(last_offset) AS last_offset
FROM ingest_ledger
WHERE state = 'landed' AND recorded_at >= fromUnixTimestamp64Milli({sinceMs:Int64}, 'UTC')
GROUP BY log_topic, log_partition`;

// FINAL: a reissued report is one report. It reads only the vehicle-days that got something new.
const SCORES_SQL = `
INSERT INTO report_scores (vin, day, reports, reissued, interval_s, gaps, gap_s, longest_gap_s, lateness_p50_s, lateness_max_s, out_of_order, computed_at)
SELECT vin, day, length(times) AS reports, reissued,
  if(empty(steps), 0, arrayElement(arraySort(steps), intDiv(length(steps) + 1, 2))) / 1000 AS interval_s,
  length(gap_steps) AS gaps, arraySum(gap_steps) / 1000 AS gap_s, arrayMax(arrayPushBack(gap_steps, 0)) / 1000 AS longest_gap_s,
  if(isNaN(lateness_p50), 0, lateness_p50 / 1000), greatest(lateness_max, 0) / 1000, out_of_order, fromUnixTimestamp64Milli({nowMs:Int64}, 'UTC')
FROM (
  SELECT vin, toDate(event_time) AS day,
    arraySort(groupUniqArray(toUnixTimestamp64Milli(event_time))) AS times,
    arrayPopFront(arrayDifference(times)) AS steps,
    arrayFilter(step -> step > 60000 AND step > 3 * arrayElement(arraySort(steps), intDiv(length(steps) + 1, 2)), steps) AS gap_steps,
    countIf(is_reissue AND part <= 1) AS reissued,
    quantileExactIf(0.5)(dateDiff('millisecond', event_time, received_time), NOT is_reissue) AS lateness_p50,
    maxIf(dateDiff('millisecond', event_time, received_time), NOT is_reissue) AS lateness_max,
    arrayCount(step -> step < 0, arrayDifference(arrayMap(pair -> pair.2, arraySort(groupArray(
      (toUnixTimestamp64Milli(received_time), toUnixTimestamp64Milli(event_time))))))) AS out_of_order
  FROM telemetry FINAL
  WHERE (vin, toDate(event_time)) IN (
    SELECT DISTINCT vin, toDate(event_time) FROM telemetry
    WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16}
      AND log_offset BETWEEN {firstOffset:UInt64} AND {lastOffset:UInt64}
  )
  GROUP BY vin, day
)`;

const cursorRow = z.object({ at: z.coerce.number() });
const landedRow = z.object({
  log_topic: z.string(),
  log_partition: z.coerce.number(),
  first_offset: z.coerce.number(),
  last_offset: z.coerce.number(),
});

/** Blocks are recorded by several processes whose clocks differ a little: looks back this far behind the last run. */
const OVERLAP_MS = 60_000;
/** Offsets of one statement: bounds its memory after a long absence. */
const OFFSETS_PER_STATEMENT = 2_000_000;

/** Writes the scores of every vehicle-day that got reports since the last run. Running twice changes nothing. Returns the statements run. */
export async function scoreReports(store: ColumnStore, nowMs: number): Promise<number> {
  const [cursor] = await store.query(CURSOR_SQL, cursorRow);
  const sinceMs = Math.max(0, (cursor?.at ?? 0) - OVERLAP_MS);
  let statements = 0;
  for (const { log_topic: topic, log_partition: partition, first_offset, last_offset } of await store.query(LANDED_SQL, landedRow, {
    params: { sinceMs },
  })) {
    for (let firstOffset = first_offset; firstOffset <= last_offset; firstOffset += OFFSETS_PER_STATEMENT) {
      const lastOffset = Math.min(last_offset, firstOffset + OFFSETS_PER_STATEMENT - 1);
      await store.command(SCORES_SQL, {
        params: { topic, partition, firstOffset, lastOffset, nowMs },
        settings: { insert_deduplication_token: `scores:${topic}:${partition}:${firstOffset}-${lastOffset}:${nowMs}` },
      });
      statements++;
    }
  }
  return statements;
}
