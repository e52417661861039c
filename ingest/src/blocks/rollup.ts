import { randomUUID } from "node:crypto";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { tokenOf } from "./block.ts";
import type { Block } from "./content.ts";

/** What the view `ingest_rollup_view` computes (migration 0009), over the rows of one block that telemetry has. */
const ROLLUP_SQL = `
SELECT log_topic, log_partition, min(log_offset) AS first_offset, max(log_offset) AS last_offset,
  toStartOfMinute(toDateTime(received_time, 'UTC')) AS minute, format,
  toUInt32(count()) AS reports, toUInt32(countIf(is_reissue)) AS reissued,
  sumIf(greatest(toUnixTimestamp64Milli(received_time) - toUnixTimestamp64Milli(event_time), 0), NOT is_reissue) / 1000 AS lateness_s
FROM telemetry
WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16} AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}
GROUP BY log_topic, log_partition, minute, format`;

const COUNT_SQL = `
SELECT (SELECT count() FROM telemetry WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16}
    AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}) AS stored,
  (SELECT sum(reports) FROM ingest_rollup FINAL WHERE log_topic = {topic:String} AND log_partition = {partition:UInt16}
    AND first_offset >= {first:UInt64} AND last_offset <= {last:UInt64}) AS counted`;

const countRow = z.object({ stored: z.coerce.number(), counted: z.coerce.number() });

/**
 * Writes a rebuilt block's rows of `ingest_rollup` anew where the view has fewer reports than telemetry: an engine that was killed in the
 * middle of an insert may have the rows of one table and not of the other. The rows' key is the block's, so doing it twice changes nothing.
 */
export async function mendRollup(store: ColumnStore, block: Block): Promise<void> {
  const { topic, partition, firstOffset, lastOffset } = block;
  const params = { topic, partition, first: firstOffset, last: lastOffset };
  const [count] = await store.query(COUNT_SQL, countRow, { params });
  if (count === undefined || count.counted >= count.stored) return;
  const settings = { insert_deduplication_token: `${tokenOf(block)}:rollup:${randomUUID()}` };
  await store.command(
    `INSERT INTO ingest_rollup (log_topic, log_partition, first_offset, last_offset, minute, format, reports, reissued, lateness_s) ${ROLLUP_SQL}`,
    { params, settings },
  );
}
