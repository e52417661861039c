import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { LogRecord } from "@bellwether/runtime/log/records";
import type { Batcher } from "../blocks/batcher.ts";
import type { Outcome } from "../blocks/block.ts";
import type { Block, BlockContent } from "../blocks/content.ts";
import type { Hold } from "./hold.ts";

/** One partition's way from delivered records to landed blocks, in order. */
export interface Lane {
  /** Takes delivered records; settles when there is room for more. Rejects when a block could not be landed. */
  accept(records: readonly LogRecord[]): Promise<void>;
  /** Closes and lands the open block if it has waited long enough and nothing is landing. */
  closeAged(): void;
  /** Closes and lands what is open; settles when everything accepted so far has landed, or the partition is lost. */
  flush(): Promise<void>;
  readonly hold: Hold;
  readonly heldRows: number;
  /** One more than the last offset accepted; 0 before the first. */
  readonly nextOffset: number;
}

export interface LaneOptions {
  readonly batcher: Batcher<BlockContent>;
  readonly hold: Hold;
  readonly arrive: (record: LogRecord) => Outcome;
  /** Lands one block: writes it, records it, commits it. */
  readonly land: (block: Block) => Promise<void>;
  /** Whether memory is short, so that the open block must close before it is full. */
  readonly isCrowded: () => boolean;
  readonly now: () => number;
}

/** A partition whose newest record is older than this is being caught up with: its blocks had better be full than young. */
const BEHIND_MS = 2_000;
const CATCH_UP_AGE_MS = 1_000;

/** Keeps a lost partition from being read to its end while nobody wants its records. */
const LOST_PAUSE_MS = 250;

/** Landing takes a dozen steps, each of which waits for its turn while records are decoded: 500 are 2 to 5 ms. */
const RECORDS_PER_TURN = 500;

/**
 * At most one block is landing while the next one fills: decoding and inserting overlap, memory stays bounded.
 * Once its hold is lost, a lane drops what comes: nothing of it is committed, so the next owner gets it.
 */
export function createLane({ batcher, hold, arrive, land, isCrowded, now }: LaneOptions): Lane {
  let tail: Promise<void> = Promise.resolve();
  let landing = 0;
  let nextOffset = 0;
  let newestLoggedMs = 0;
  const lost = new Promise<void>((resolve) => hold.signal.addEventListener("abort", () => resolve()));

  /** Queues a block in the same turn it was closed in, so that blocks land in the order they were cut. */
  function submit(block: Block | undefined): void {
    if (block === undefined) return;
    landing++;
    tail = tail.then(() => land(block)).finally(() => landing--);
    // What has become old meanwhile need not wait for the next look at it.
    tail.then(closeAged, () => undefined);
    // Whoever waits for the tail sees the failure, and `land` reports it itself; without this line Node would see it as unhandled.
    tail.catch(() => undefined);
  }

  function closeAged(): void {
    if (landing > 0 || hold.signal.aborted) return;
    const isBehind = now() - newestLoggedMs > BEHIND_MS;
    submit(batcher.closeAged(now() - (isBehind ? CATCH_UP_AGE_MS : 0)));
  }

  /** The blocks that this record closes. */
  function take(record: LogRecord): readonly (Block | undefined)[] {
    const outcome = batcher.hasLanded(record.offset) ? { offset: record.offset, samples: [], ignored: [] } : arrive(record);
    nextOffset = record.offset + 1;
    newestLoggedMs = record.timestampMs;
    return batcher.add(outcome, record.value?.length ?? 0, now());
  }

  async function submitAndMakeRoom(blocks: readonly (Block | undefined)[]): Promise<void> {
    const before = tail;
    for (const block of blocks) submit(block);
    await Promise.race([before, lost]);
  }

  return {
    hold,
    async accept(records) {
      let untilTurn = RECORDS_PER_TURN;
      for (const record of records) {
        if (--untilTurn === 0) {
          untilTurn = RECORDS_PER_TURN;
          await turn();
        }
        if (hold.signal.aborted) return void (await sleep(LOST_PAUSE_MS));
        const closed = take(record);
        if (closed.length > 0) await submitAndMakeRoom(closed);
      }
      if (isCrowded()) await submitAndMakeRoom([batcher.close()]);
    },
    closeAged,
    async flush() {
      if (hold.signal.aborted) return;
      submit(batcher.close());
      await Promise.race([tail, lost]);
    },
    get heldRows() {
      return batcher.heldRows;
    },
    get nextOffset() {
      return nextOffset;
    },
  };
}
