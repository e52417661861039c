import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { NO_JIT } from "../engine/settings.ts";
import type { RowSource } from "../rules/rowSource.ts";
import { type Piece, pieceFilter, timeFilter, type Window } from "./pieces.ts";
import type { Prefilter } from "./prefilter.ts";

/** One vehicle of a piece, before anything is folded. */
export interface SurveyedVehicle {
  readonly vin: string;
  readonly rows: number;
  /** Rows the condition could not be decided for; null where that takes more than the row. */
  readonly unknown: number | null;
  /** Rows that may fire at some swept value. */
  readonly mayFire: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The first row that may fire; nothing before it can matter. */
  readonly fromMs: number;
}

const surveyRow = z.object({
  vin: z.string(),
  n: z.number(),
  unknown_rows: z.number(),
  may_fire: z.number(),
  first_ms: z.number(),
  last_ms: z.number(),
  from_ms: z.number(),
});

/** The lines a run may see. */
export interface Seen {
  /** SQL over the source's columns. */
  readonly rowFilter: string;
  readonly source: RowSource;
}

/**
 * One pass over the piece's rows with only the condition's columns: who was observed for how long, what could not be judged,
 * and where something may fire. Close to the price of reading those columns.
 */
export async function surveyPiece(
  store: ColumnStore,
  window: Window,
  piece: Piece,
  filter: Prefilter,
  { rowFilter, source }: Seen,
): Promise<readonly SurveyedVehicle[]> {
  const { sql, params } = pieceFilter(piece);
  const { mayFireSql, unknownSql } = filter;
  const rows = await store.query(
    `SELECT vin, count() AS n, ${unknownSql === null ? "0" : `countIf(${unknownSql})`} AS unknown_rows,
       toUnixTimestamp64Milli(min(event_time)) AS first_ms, toUnixTimestamp64Milli(max(event_time)) AS last_ms,
       ${mayFireSql === null ? "count()" : `countIf(${mayFireSql})`} AS may_fire,
       toUnixTimestamp64Milli(${mayFireSql === null ? "min(event_time)" : `minIf(event_time, ${mayFireSql})`}) AS from_ms
     FROM ${source.sql} WHERE ${timeFilter} AND ${sql} AND ${rowFilter}
     GROUP BY vin ORDER BY vin`,
    surveyRow,
    { params: { ...params, from: window.fromMs, to: window.toMs }, settings: NO_JIT },
  );
  return rows.map((row) => ({
    vin: row.vin,
    rows: row.n,
    unknown: unknownSql === null ? null : row.unknown_rows,
    mayFire: row.may_fire,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    fromMs: row.from_ms,
  }));
}
