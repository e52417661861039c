/**
 * Rows in pieces that ClickHouse stores as one atomic part each: one calendar month (the tables' partition key, UTC) and
 * at most `rowsMax` rows. The same rows in the same order give the same pieces in the same order, so that each piece has
 * a token of its own in every run.
 */
export interface MonthPieces<P> {
  /** The piece that takes the next row of this time. */
  at(timeMs: number): P;
  readonly pieces: readonly P[];
}

export function createMonthPieces<P extends { readonly rows: number }>(createPiece: () => P, rowsMax: number): MonthPieces<P> {
  const pieces: P[] = [];
  const currentByMonth = new Map<number, P>();
  /** The month of the last row: neighbours are nearly always of one month. */
  let from = 0;
  let to = 0;
  let current: P | undefined;

  return {
    at(timeMs) {
      if (current === undefined || timeMs < from || timeMs >= to) {
        ({ from, to } = monthAround(timeMs));
        current = currentByMonth.get(from);
      }
      if (current === undefined || current.rows >= rowsMax) {
        current = createPiece();
        currentByMonth.set(from, current);
        pieces.push(current);
      }
      return current;
    },
    pieces,
  };
}

/** Token of the n-th piece of a block; a block in one piece keeps its own. */
export function pieceToken(token: string, piece: number, pieces: number): string {
  return pieces === 1 ? token : `${token}-${piece}`;
}

function monthAround(ms: number): { from: number; to: number } {
  const date = new Date(ms);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { from: Date.UTC(year, month), to: Date.UTC(year, month + 1) };
}
