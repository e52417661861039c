import { randomUUID } from "node:crypto";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { Block } from "../blocks/content.ts";
import type { RowKey } from "../blocks/telemetryPiece.ts";

/**
 * ClickHouse writes a token into its deduplication log before the part it stands for is there. An engine that is killed in
 * between remembers the token of rows it does not have, and drops them when they come again (found by the fault campaign: one of
 * 41 kills). So a range that an earlier run has announced is looked up after its insert, and inserted under another token if it is missing.
 */
export interface InsertOnce {
  readonly block: Block;
  readonly token: string;
  readonly insert: (token: string) => Promise<void>;
  readonly isStored: () => Promise<boolean>;
}

/** Inserts rows so that they are there afterwards; the look-up costs a statement, for rebuilt blocks only. */
export async function insertSurely({ block, token, insert, isStored }: InsertOnce): Promise<void> {
  await insert(token);
  if (block.isRebuilt === true && !(await isStored())) await insert(`${token}:${randomUUID()}`);
}

export interface Presence {
  /** Whether the tables have a row. An insert is one part, so its first row stands for all of them. */
  hasRow(table: "telemetry" | "dtc_events", block: Block, row: RowKey & { readonly code?: string }): Promise<boolean>;
  hasRejection(block: Block): Promise<boolean>;
  hasRange(block: Block, state: "pending" | "landed"): Promise<boolean>;
}

const foundRow = z.object({ n: z.coerce.number() });
const OF_BLOCK = `log_topic = {topic:String} AND log_partition = {partition:UInt16}`;
const QUERIES = {
  telemetry: `SELECT count() AS n FROM telemetry WHERE vin = {vin:String} AND event_time = fromUnixTimestamp64Milli({ms:Int64}, 'UTC')
    AND ${OF_BLOCK} AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}`,
  dtc_events: `SELECT count() AS n FROM dtc_events WHERE vin = {vin:String} AND event_time = fromUnixTimestamp64Milli({ms:Int64}, 'UTC')
    AND code = {code:String}`,
  rejected_records: `SELECT count() AS n FROM rejected_records WHERE ${OF_BLOCK} AND log_offset BETWEEN {first:UInt64} AND {last:UInt64}`,
  ingest_ledger: `SELECT count() AS n FROM ingest_ledger WHERE ${OF_BLOCK} AND first_offset = {first:UInt64} AND last_offset = {last:UInt64}
    AND (state = {state:String} OR state = 'landed')`,
};

export function createPresence(store: ColumnStore): Presence {
  async function isFound(sql: string, { topic, partition, firstOffset, lastOffset }: Block, params: Readonly<Record<string, unknown>>) {
    const [found] = await store.query(sql, foundRow, { params: { topic, partition, first: firstOffset, last: lastOffset, ...params } });
    return (found?.n ?? 0) > 0;
  }

  return {
    hasRow: (table, block, { vin, eventTimeMs, code = "" }) => isFound(QUERIES[table], block, { vin, ms: eventTimeMs, code }),
    hasRejection: (block) => isFound(QUERIES.rejected_records, block, {}),
    hasRange: (block, state) => isFound(QUERIES.ingest_ledger, block, { state }),
  };
}
