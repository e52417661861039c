import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";

/** How far analytics has read one partition of one topic; `nextOffset` is the first not yet processed. */
export interface Cursor {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

/** A contiguous piece of a partition whose rows are in the table. */
export interface LandedRange extends Cursor {
  /** First offset after the piece. */
  readonly endOffset: number;
  readonly samples: number;
  readonly minEventMs: number | null;
  readonly maxEventMs: number | null;
}

const ledgerRow = z.object({
  log_topic: z.string(),
  log_partition: z.number(),
  first_offset: z.number(),
  last_offset: z.number(),
  is_landed: z.number(),
  samples: z.number(),
  min_ms: z.number().nullable(),
  max_ms: z.number().nullable(),
});
type LedgerRow = z.infer<typeof ledgerRow>;

/**
 * What has landed since the cursors, at most about `rowsMax` rows: per partition the blocks up to the first one still in
 * flight, in offset order. Blocks behind an unfinished one wait, so a restart sees the same order.
 */
export async function readLanded(store: ColumnStore, cursors: readonly Cursor[], rowsMax: number): Promise<readonly LandedRange[]> {
  const rows = await store.query(
    `SELECT log_topic, log_partition, first_offset, last_offset, max(state = 'landed') AS is_landed,
       argMax(samples, state) AS samples,
       toUnixTimestamp64Milli(argMax(min_event_time, state)) AS min_ms, toUnixTimestamp64Milli(argMax(max_event_time, state)) AS max_ms
     FROM ingest_ledger
     WHERE ${cursors.length === 0 ? "1" : `NOT (${cursors.map(isBefore).join(" OR ")})`}
     GROUP BY log_topic, log_partition, first_offset, last_offset
     ORDER BY log_topic, log_partition, first_offset
     LIMIT 20000`,
    ledgerRow,
  );
  const known = new Map(cursors.map((cursor) => [`${cursor.topic}/${cursor.partition}`, cursor.nextOffset]));
  const partitions = groupRows(rows);
  const perPartition = Math.max(1, Math.floor(rowsMax / Math.max(1, partitions.length)));
  return partitions.flatMap((ofPartition) => {
    const range = takePrefix(ofPartition, known, perPartition);
    return range === null ? [] : [range];
  });
}

function groupRows(rows: readonly LedgerRow[]): LedgerRow[][] {
  const groups = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    const key = `${row.log_topic}/${row.log_partition}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}

function takePrefix(rows: readonly LedgerRow[], known: ReadonlyMap<string, number>, rowsMax: number): LandedRange | null {
  const [first] = rows;
  if (first === undefined) return null;
  const nextOffset = known.get(`${first.log_topic}/${first.log_partition}`) ?? first.first_offset;
  const taken: LedgerRow[] = [];
  let samples = 0;
  for (const row of rows) {
    if (row.is_landed !== 1 || (taken.length > 0 && samples + row.samples > rowsMax)) break;
    taken.push(row);
    samples += row.samples;
  }
  const last = taken.at(-1);
  if (last === undefined) return null;
  return {
    topic: first.log_topic,
    partition: first.log_partition,
    nextOffset,
    endOffset: Math.max(...taken.map((row) => row.last_offset)) + 1,
    samples,
    minEventMs: least(taken.map((row) => row.min_ms)),
    maxEventMs: greatest(taken.map((row) => row.max_ms)),
  };
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function greatest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** The cursors after the ranges have been processed. */
export function advanceCursors(cursors: readonly Cursor[], ranges: readonly LandedRange[]): readonly Cursor[] {
  const moved = new Map(cursors.map((cursor) => [`${cursor.topic}/${cursor.partition}`, cursor]));
  for (const { topic, partition, endOffset } of ranges) moved.set(`${topic}/${partition}`, { topic, partition, nextOffset: endOffset });
  return [...moved.values()];
}

/** SQL filter for rows before the cursors: what this and earlier steps are allowed to see. */
export function isVisible(cursors: readonly Cursor[]): string {
  return cursors.length === 0 ? "0" : `(${cursors.map((c) => isOf(c, `log_offset < ${c.nextOffset}`)).join(" OR ")})`;
}

/** SQL filter for exactly the rows of the ranges. */
export function isIn(ranges: readonly LandedRange[]): string {
  return `(${ranges.map((r) => isOf(r, `log_offset >= ${r.nextOffset} AND log_offset < ${r.endOffset}`)).join(" OR ")})`;
}

function isBefore(cursor: Cursor): string {
  return isOf(cursor, `last_offset < ${cursor.nextOffset}`);
}

function isOf({ topic, partition }: { topic: string; partition: number }, range: string): string {
  return `(log_topic = '${topic.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}' AND log_partition = ${partition} AND ${range})`;
}
