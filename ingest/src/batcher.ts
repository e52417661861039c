import type { Block, OffsetRange, Outcome } from "./block.ts";

export interface BatchLimits {
  readonly rows: number;
  readonly bytes: number;
  readonly ageMs: number;
}

/** A range an earlier run has recorded in the ledger; it must be cut in exactly the same place again. */
export interface PlannedRange extends OffsetRange {
  readonly hasLanded: boolean;
}

export interface Batcher {
  /** Whether the offset lies in a range that has landed already, so that decoding it would be wasted. */
  hasLanded(offset: number): boolean;
  /** Takes the next record in offset order; returns the blocks it closed (none, one or, at a plan's edges, two). */
  add(outcome: Outcome, bytes: number, nowMs: number): readonly Block[];
  /** Closes the open block if it has waited long enough. */
  closeAged(nowMs: number): Block | undefined;
  /** Closes the open block now; a planned range stays open, because its end is not ours to choose. */
  close(): Block | undefined;
  readonly heldRows: number;
}

interface OpenBlock {
  readonly outcomes: Outcome[];
  readonly openedMs: number;
  readonly planned: PlannedRange | undefined;
  rows: number;
  bytes: number;
}

/**
 * Cuts one partition's records into blocks: contiguous, in order, nothing lost. Pure: time comes in as a parameter.
 * `plan` holds the ranges recorded beyond the committed offset, ascending and without overlap; the first of them
 * starts at or after the first record added.
 */
export function createBatcher(
  source: { readonly topic: string; readonly partition: number },
  plan: readonly PlannedRange[],
  limits: BatchLimits,
): Batcher {
  const ahead = [...plan];
  let open: OpenBlock | undefined;

  function take(): Block | undefined {
    const first = open?.outcomes[0];
    const last = open?.outcomes.at(-1);
    if (open === undefined || first === undefined || last === undefined) return undefined;
    const { outcomes, planned, rows: samples } = open;
    open = undefined;
    const range = planned ?? { firstOffset: first.offset, lastOffset: last.offset, hasLanded: false };
    const { firstOffset, lastOffset, hasLanded } = range;
    return { ...source, firstOffset, lastOffset, outcomes, samples, hasLanded };
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
    return planned === undefined && open.rows > 0 && open.rows + rows > limits.rows;
  }

  function mustCutAfter(offset: number): boolean {
    if (open === undefined) return false;
    if (open.planned !== undefined) return offset >= open.planned.lastOffset;
    // Records without rows (heartbeats, rubbish) count as well: a block of them must end, too.
    return Math.max(open.rows, open.outcomes.length) >= limits.rows || open.bytes >= limits.bytes;
  }

  return {
    hasLanded: (offset) => plannedAt(offset)?.hasLanded ?? false,
    add(outcome, bytes, nowMs) {
      const planned = plannedAt(outcome.offset);
      const rows = outcome.samples.length;
      const before = mustCutBefore(rows, planned) ? take() : undefined;
      open ??= { outcomes: [], openedMs: nowMs, planned, rows: 0, bytes: 0 };
      open.outcomes.push(outcome);
      open.rows += rows;
      open.bytes += bytes;
      const after = mustCutAfter(outcome.offset) ? take() : undefined;
      return [before, after].filter((block) => block !== undefined);
    },
    closeAged: (nowMs) => (open !== undefined && open.planned === undefined && nowMs - open.openedMs >= limits.ageMs ? take() : undefined),
    close: () => (open?.planned === undefined ? take() : undefined),
    get heldRows() {
      return open?.rows ?? 0;
    },
  };
}
