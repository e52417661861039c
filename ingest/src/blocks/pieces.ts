import { TelemetryPiece } from "./telemetryPiece.ts";

/** Pieces of blocks that have landed, to be filled again. */
export interface Pieces {
  take(): TelemetryPiece;
  /** Only pieces nobody reads any more: their memory is written anew. */
  give(pieces: readonly TelemetryPiece[]): void;
}

/** One lane lands a block while it fills the next. */
const SPARE_MAX = 2;
/** Room for so many times the rows of its last block is too much to keep: traffic has fallen. */
const ROOM_MAX = 4;
const SMALL_ROOM_ROWS = 4_096;

/**
 * Fresh memory is dear: the kernel hands it out page by page, and the garbage collector takes it back. A block of 40,000 reports
 * is some 35 MB, so a lane uses the same again and again.
 */
export function createPieces(): Pieces {
  const spare: TelemetryPiece[] = [];
  return {
    take: () => spare.pop() ?? new TelemetryPiece(),
    give(pieces) {
      for (const piece of pieces) {
        const { rows, room } = piece;
        if (spare.length >= SPARE_MAX || (room > SMALL_ROOM_ROWS && room > ROOM_MAX * rows)) continue;
        piece.clear();
        spare.push(piece);
      }
    },
  };
}
