import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import type { RowSource } from "../../rules/rowSource.ts";
import { IN_ORDER, type Piece, pieceFilter, timeFilter, type Window } from "./pieces.ts";
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
  /** In order, from the day of `fromMs` on; none where nothing may fire. */
  readonly days: readonly SurveyedDay[];
}

/** One UTC day of a vehicle on which something may fire. */
export interface SurveyedDay {
  /** Days since 1970. */
  readonly day: number;
  readonly rows: number;
  /** Every row is calm or ignored (`Prefilter`), and none or enough are calm: the day is told by its first and its last calm row. */
  readonly isSettled: boolean;
  readonly calmFromMs: number;
  readonly calmToMs: number;
}

const DAY_MS = 86_400_000;

const surveyRow = z.object({
  vin: z.string(),
  n: z.number(),
  unknown_rows: z.number(),
  may_fire: z.number(),
  first_ms: z.number(),
  last_ms: z.number(),
  from_ms: z.number(),
  days: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
});

/** What a run may see, and until when it is wanted. */
export interface Seen {
  /** SQL over the source's columns. */
  readonly rowFilter: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One pass over the piece's rows with only the condition's columns: who was observed for how long, what could not be judged,
 * where something may fire, and on which days nothing happens. The table is ordered by day and vehicle, so the engine adds up one
 * stretch of rows after the other without hashing: about the price of a plain scan of those columns (by vehicle alone: 1.5 times).
 */
export async function surveyPiece(
  store: ColumnStore,
  window: Window,
  piece: Piece,
  filter: Prefilter,
  { rowFilter, source, calmRowsMin, signal }: Seen & { readonly source: RowSource; readonly calmRowsMin: number },
): Promise<readonly SurveyedVehicle[]> {
  const { sql, params } = pieceFilter(piece);
  const { mayFireSql, unknownSql, calmSql, ignoredSql } = filter;
  const mayFire = mayFireSql ?? "1";
  const calm = calmSql ?? "0";
  // A day of fewer calm rows than a rule counts is read; copies of a report are one.
  const isEnough = calmRowsMin > 1 ? `uniqUpToIf(${calmRowsMin - 1})(event_time, ${calm}) NOT BETWEEN 1 AND ${calmRowsMin - 1}` : "1";
  const rows = await store.query(
    `SELECT vin, sum(day_rows) AS n, sum(day_unknown) AS unknown_rows, sum(day_may_fire) AS may_fire,
       toUnixTimestamp64Milli(min(day_first)) AS first_ms, toUnixTimestamp64Milli(max(day_last)) AS last_ms,
       toUnixTimestamp64Milli(minIf(day_from, day_may_fire > 0)) AS from_ms,
       if(may_fire = 0, [], arraySort(groupArray((toUInt32(day), day_rows, toUInt8(day_settled = day_rows),
         toUnixTimestamp64Milli(day_calm_from), toUnixTimestamp64Milli(day_calm_to))))) AS days
     FROM (
       SELECT toDate(event_time) AS day, vin, count() AS day_rows, countIf(${unknownSql ?? "0"}) AS day_unknown, countIf(${mayFire}) AS day_may_fire,
         countIf((${calm}) OR (${ignoredSql})) * (${isEnough}) AS day_settled, min(event_time) AS day_first, max(event_time) AS day_last,
         minIf(event_time, ${mayFire}) AS day_from, minIf(event_time, ${calm}) AS day_calm_from, maxIf(event_time, ${calm}) AS day_calm_to
       FROM ${source.sql} WHERE ${timeFilter} AND ${sql} AND ${rowFilter}
       GROUP BY day, vin
     )
     GROUP BY vin ORDER BY vin`,
    surveyRow,
    { params: { ...params, from: window.fromMs, to: window.toMs }, settings: IN_ORDER, signal },
  );
  return rows.map((row) => ({
    vin: row.vin,
    rows: row.n,
    unknown: unknownSql === null ? null : row.unknown_rows,
    mayFire: row.may_fire,
    firstMs: row.first_ms,
    lastMs: row.last_ms,
    fromMs: row.from_ms,
    days: row.days.flatMap(([day, dayRows, isSettled, calmFromMs, calmToMs]) =>
      day < Math.floor(row.from_ms / DAY_MS) ? [] : [{ day, rows: dayRows, isSettled: isSettled === 1, calmFromMs, calmToMs }],
    ),
  }));
}
