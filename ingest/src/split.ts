import { BLOCK_ROWS_LIMIT } from "./config.ts";

/**
 * Cuts rows into pieces that ClickHouse stores as one atomic part each: one month (the tables' partition key) and at most
 * 65,409 rows. The same rows give the same pieces in the same order, so each piece has a token of its own.
 */
export function splitByMonth<T>(
  rows: readonly T[],
  timeOf: (row: T) => number,
  { rowsMax = BLOCK_ROWS_LIMIT }: { rowsMax?: number } = {},
): readonly (readonly T[])[] {
  const months = new Map<number, T[]>();
  let month: { from: number; to: number; rows: T[] } | undefined;
  for (const row of rows) {
    const ms = timeOf(row);
    if (month === undefined || ms < month.from || ms >= month.to) {
      const { from, to } = monthAround(ms);
      const known = months.get(from) ?? [];
      months.set(from, known);
      month = { from, to, rows: known };
    }
    month.rows.push(row);
  }
  return [...months.values()].flatMap((list) => chunks(list, rowsMax));
}

/** Token of the n-th piece of a block; a block that is not cut keeps its own. */
export function pieceToken(token: string, piece: number, pieces: number): string {
  return pieces === 1 ? token : `${token}-${piece}`;
}

function monthAround(ms: number): { from: number; to: number } {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
}

function chunks<T>(rows: readonly T[], size: number): readonly (readonly T[])[] {
  if (rows.length <= size) return [rows];
  const count = Math.ceil(rows.length / size);
  return Array.from({ length: count }, (_, i) => rows.slice(i * size, (i + 1) * size));
}
