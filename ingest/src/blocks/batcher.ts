import type { Cut, OffsetRange, Outcome } from "./block.ts";

export interface BatchLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly ageMs: number;
}

/** A range an earlier run has recorded in the ledger; it must be cut in exactly the same place again. */
export interface PlannedRange extends OffsetRange {
  readonly hasLanded: boolean;
}

/** What a block is collected in. */
export interface Collector {
  add(outcome: Outcome): void;
  readonly records: number;
  readonly rows: number;
}

export interface Batcher<C> {
  /** Whether the offset lies in a range that has landed already, so that decoding it would be wasted. */
  hasLanded(offset: number): boolean;
  /** Takes the next record in offset order; returns the blocks it closed (none, one or, at a plan's edges, two). */
  add(outcome: Outcome, bytes: number, nowMs: number): readonly Cut<C>[];
  /** Closes the open block if it has waited long enough. */
  closeAged(nowMs: number): Cut<C> | undefined;
  /** Closes the open block now; a planned range stays open, because its end is not ours to choose. */
  close(): Cut<C> | undefined;
  readonly heldRows: number;
}

export interface BatcherOptions<C> {
  readonly topic: string;
  readonly partition: number;
  /** Ranges recorded beyond the committed offset, ascending and without overlap; only one that has landed may start before the first record added. */
  readonly plan: readonly PlannedRange[];
  readonly limits: BatchLimits;
  readonly createContent: () => C;
}

const NONE: readonly never[] = [];

/** While the first block fills, the engine has nothing to do: blocks begin small and double until they are full ones. */
const FIRST_BLOCK_ROWS = 4_096;

interface OpenBlock<C> {
  readonly content: C;
  readonly firstOffset: number;
  readonly openedMs: number;
  readonly planned: PlannedRange | undefined;
  lastOffset: number;
  bytes: number;
}

/** Cuts one partition's records into blocks: contiguous, in order, nothing lost. Pure: time comes in as a parameter. */
export function createBatcher<C extends Collector>({ topic, partition, plan, limits, createContent }: BatcherOptions<C>): Batcher<C> {
  const ahead = [...plan];
  let open: OpenBlock<C> | undefined;
  let rowsMax = Math.min(FIRST_BLOCK_ROWS, limits.rows);

  function take(): Cut<C> | undefined {
    if (open === undefined) return undefined;
    const { content, planned, firstOffset, lastOffset } = open;
    open = undefined;
    rowsMax = Math.min(rowsMax * 2, limits.rows);
    if (planned === undefined) return { topic, partition, content, firstOffset, lastOffset, hasLanded: false };
    return { topic, partition, content, ...planned, isRebuilt: true };
  }

  /** The planned range of an offset; ranges the offset has passed are dropped. */
  function plannedAt(offset: number): PlannedRange | undefined {
    while ((ahead[0]?.lastOffset ?? offset) < offset) ahead.shift();
    const next = ahead[0];
    return next !== undefined && next.firstOffset <= offset ? next : undefined;
  }

  function mustCutBefore(rows: number, planned: PlannedRange | undefined): boolean {
    if (open === undefined) return false;
    if (open.planned !== planned) return true;
    return planned === undefined && open.content.rows > 0 && open.content.rows + rows > rowsMax;
  }

  function mustCutAfter({ content, planned, lastOffset, bytes }: OpenBlock<C>): boolean {
    if (planned !== undefined) return lastOffset >= planned.lastOffset;
    // Records without rows (heartbeats, rubbish) count as well: a block of them must end, too.
    return Math.max(content.rows, content.records) >= rowsMax || bytes >= limits.bytes;
  }

  return {
    hasLanded: (offset) => plannedAt(offset)?.hasLanded ?? false,
    add(outcome, bytes, nowMs) {
      const { offset, samples, row } = outcome;
      const planned = plannedAt(offset);
      const before = mustCutBefore(row === undefined ? samples.length : 1, planned) ? take() : undefined;
      open ??= { content: createContent(), firstOffset: offset, openedMs: nowMs, planned, lastOffset: offset, bytes: 0 };
      open.content.add(outcome);
      open.lastOffset = offset;
      open.bytes += bytes;
      const after = mustCutAfter(open) ? take() : undefined;
      if (before === undefined && after === undefined) return NONE;
      return [before, after].filter((cut) => cut !== undefined);
    },
    closeAged: (nowMs) => (open !== undefined && open.planned === undefined && nowMs - open.openedMs >= limits.ageMs ? take() : undefined),
    close: () => (open?.planned === undefined ? take() : undefined),
    get heldRows() {
      return open?.content.rows ?? 0;
    },
  };
}
