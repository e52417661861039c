import type { ColumnStore } from "@bellwether/clickhouse/store";
import { z } from "zod";
import { NO_JIT } from "../../engine/settings.ts";
import type { RowSource } from "../../rules/rowSource.ts";

/** A piece of the fleet: the listed vehicles, or all whose VIN lies between two (first exclusive, second inclusive). */
export type Piece =
  | { readonly kind: "list"; readonly vins: readonly string[] }
  | { readonly kind: "range"; readonly after: string | null; readonly upTo: string | null };

export interface Window {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

export interface Pieces {
  readonly pieces: readonly Piece[];
  /** Rows in the window as the index estimates them; a little high. */
  readonly rowsEstimated: number;
}

const DAY_MS = 86_400_000;
/** Small enough for first numbers within a second, large enough that a statement's fixed cost does not show. */
const FIRST_PIECE_ROWS = 2_000_000;
const PIECE_ROWS = 32_000_000;
/**
 * A piece is a stretch of rows within every day: at its two ends compressed blocks are read that belong to its neighbours. Stretches
 * of 160,000 rows cost 1.3 times the CPU time of one that has no ends, so a small fleet over a long time is not cut small.
 */
const STRETCH_ROWS = 400_000;
/**
 * Up to this many rows nothing is divided: the whole takes about a second, and 16 million rows in two pieces cost 0.6 plain scans more
 * than in one. Above, a few days tell how to divide; counting all would cost half of the survey itself.
 */
const UNDIVIDED_ROWS_MAX = 24_000_000;
const SAMPLE_DAYS = 2;
const LISTED_MAX = 1000;

/** Rows of the window by index analysis: reads no data. */
export async function estimateRows(store: ColumnStore, { fromMs, toMs }: Window, { plainSql, cheapColumn }: RowSource): Promise<number> {
  const rows = await store.query(
    `EXPLAIN ESTIMATE SELECT max(${cheapColumn}) FROM ${plainSql} WHERE ${timeFilter}`,
    z.object({ rows: z.coerce.number() }),
    { params: { from: fromMs, to: toMs } },
  );
  return rows.reduce((sum, { rows: n }) => sum + n, 0);
}

/** A statement that would need more says so instead of taking it from ingest and the API beside it. */
export const BOUNDED = { ...NO_JIT, max_memory_usage: 4_000_000_000, max_bytes_before_external_group_by: 1_000_000_000 };

/** For what is added up by day and vehicle: the order of the table, so one stretch of rows after the other, without hashing. */
export const IN_ORDER = { ...BOUNDED, optimize_aggregation_in_order: 1 };

/** SQL over telemetry: rows of `[{from}, {to})`. */
export const timeFilter =
  "event_time >= fromUnixTimestamp64Milli({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Milli({to:Int64}, 'UTC')";

/** SQL over telemetry and its bound parameters: rows of the piece's vehicles. */
export function pieceFilter(piece: Piece): { readonly sql: string; readonly params: Readonly<Record<string, unknown>> } {
  if (piece.kind === "list") return { sql: "vin IN {listed:Array(String)}", params: { listed: piece.vins } };
  const { after, upTo } = piece;
  const tests = [...(after === null ? [] : ["vin > {after:String}"]), ...(upTo === null ? [] : ["vin <= {upTo:String}"])];
  return { sql: tests.length === 0 ? "1" : tests.join(" AND "), params: { after: after ?? "", upTo: upTo ?? "" } };
}

/** Which vehicles, and where their lines are. */
export interface Choice {
  readonly vehicles: readonly string[] | null;
  readonly isWanted: ((vin: string) => boolean) | null;
  readonly source: RowSource;
  /** `estimateRows` of the window. */
  readonly rowsOfAll: number;
}

/** Divides the fleet, or the vehicles asked for, into pieces of about equal work, the first one small. */
export async function cutFleet(store: ColumnStore, window: Window, { vehicles, isWanted, source, rowsOfAll }: Choice): Promise<Pieces> {
  if (vehicles === null && isWanted === null && rowsOfAll <= UNDIVIDED_ROWS_MAX) return { rowsEstimated: rowsOfAll, pieces: ranges([]) };
  // A sample is drawn from all vehicles, so all of them must be known; else a few days are enough to cut by.
  const counted = await countVehicles(store, window, { isEveryVehicleNeeded: isWanted !== null, source });
  const total = counted.reduce((sum, { rows }) => sum + rows, 0);
  const scale = total === 0 ? 0 : rowsOfAll / total;
  const days = Math.max(1, Math.round((window.toMs - window.fromMs) / DAY_MS));
  const rowsMax = Math.max(PIECE_ROWS, days * STRETCH_ROWS);
  if (vehicles === null && isWanted === null) return { rowsEstimated: rowsOfAll, pieces: ranges(groups(counted, scale, rowsMax)) };
  const known = vehicles === null ? counted : namedOf(vehicles, counted);
  const wanted = known.filter(({ vin }) => isWanted?.(vin) ?? true);
  return {
    rowsEstimated: Math.round(wanted.reduce((sum, { rows }) => sum + rows, 0) * scale),
    pieces: lists(groups(wanted, scale, PIECE_ROWS)),
  };
}

/** The named vehicles in order, also those the counted days did not show. */
function namedOf(vehicles: readonly string[], counted: readonly Counted[]): readonly Counted[] {
  const rows = new Map(counted.map((vehicle) => [vehicle.vin, vehicle.rows]));
  return [...new Set(vehicles)].toSorted().map((vin) => ({ vin, rows: rows.get(vin) ?? 0 }));
}

interface Counted {
  readonly vin: string;
  readonly rows: number;
}

async function countVehicles(
  store: ColumnStore,
  { fromMs, toMs }: Window,
  { isEveryVehicleNeeded, source }: { readonly isEveryVehicleNeeded: boolean; readonly source: RowSource },
): Promise<readonly Counted[]> {
  const days = Math.max(1, Math.floor((toMs - fromMs) / DAY_MS));
  const isWhole = isEveryVehicleNeeded || days <= SAMPLE_DAYS;
  const starts = isWhole ? [fromMs] : Array.from({ length: SAMPLE_DAYS }, (_, i) => fromMs + Math.floor((i * days) / SAMPLE_DAYS) * DAY_MS);
  const totals = new Map<string, number>();
  for (const from of starts) {
    const rows = await store.query(
      `SELECT vin, sum(day_rows) AS rows FROM (
         SELECT toDate(event_time) AS day, vin, count() AS day_rows FROM ${source.sql} WHERE ${timeFilter} GROUP BY day, vin
       ) GROUP BY vin`,
      z.object({ vin: z.string(), rows: z.number() }),
      { params: { from, to: isWhole ? toMs : from + DAY_MS }, settings: IN_ORDER },
    );
    for (const row of rows) totals.set(row.vin, (totals.get(row.vin) ?? 0) + row.rows);
  }
  return [...totals].map(([vin, rows]) => ({ vin, rows })).toSorted((a, b) => (a.vin < b.vin ? -1 : 1));
}

/** A small group, then as many of about equal size as `rowsMax` asks for. */
function groups(counted: readonly Counted[], scale: number, rowsMax: number): readonly (readonly Counted[])[] {
  const total = counted.reduce((sum, { rows }) => sum + rows * scale, 0);
  const rest = Math.max(0, total - FIRST_PIECE_ROWS);
  const share = rest / Math.max(1, Math.round(rest / rowsMax));
  const all: Counted[][] = [[]];
  let room = FIRST_PIECE_ROWS;
  for (const vehicle of counted) {
    if (room <= 0) {
      all.push([]);
      room += share;
    }
    all.at(-1)?.push(vehicle);
    room -= vehicle.rows * scale;
  }
  return all.filter((group) => group.length > 0);
}

/** Ranges without gaps: they hold vehicles that were not counted, too. */
function ranges(all: readonly (readonly Counted[])[]): readonly Piece[] {
  const ends = all.flatMap((group) => group.at(-1)?.vin ?? []);
  if (ends.length === 0) return [{ kind: "range", after: null, upTo: null }];
  return ends.map((upTo, i) => ({ kind: "range", after: ends[i - 1] ?? null, upTo: i === ends.length - 1 ? null : upTo }));
}

function lists(all: readonly (readonly Counted[])[]): readonly Piece[] {
  return all.flatMap((group) =>
    Array.from(
      { length: Math.ceil(group.length / LISTED_MAX) },
      (_, i): Piece => ({
        kind: "list",
        vins: group.slice(i * LISTED_MAX, (i + 1) * LISTED_MAX).map(({ vin }) => vin),
      }),
    ),
  );
}
