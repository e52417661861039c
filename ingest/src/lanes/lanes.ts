import { BellwetherError } from "@bellwether/contracts/errors";
import type { Lane } from "./lane.ts";

interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

/** The lanes of the partitions this process holds. */
export interface Lanes {
  /** The partition's lane, opened by `open` at the first call. */
  at(id: PartitionId, open: () => Promise<Lane>): Promise<Lane>;
  closeAged(): void;
  /** Lands what is open, on the lanes that `isDue` names (all by default). */
  flush(isDue?: (partition: number, lane: Lane) => boolean): Promise<void>;
  /**
   * Lands what the partitions hold and forgets them: somebody else may have moved their offsets when they come back.
   * What has not landed after `budgetMs` is let go: it is not committed, and delivered again to the next owner.
   */
  release(ids: readonly PartitionId[], budgetMs: number): Promise<void>;
  /** Gives every partition up at once. */
  letGo(): void;
  readonly heldRows: number;
  /** Whether a partition that nobody has taken away is somebody else's. */
  readonly hasLost: boolean;
}

export function createLanes(): Lanes {
  /** Entered before the lane is open, so that a partition never has two. */
  const opening = new Map<string, Promise<Lane>>();
  const opened = new Map<string, { readonly partition: number; readonly lane: Lane }>();
  const keyOf = ({ topic, partition }: PartitionId) => `${topic}:${partition}`;

  async function openLane(id: PartitionId, open: () => Promise<Lane>): Promise<Lane> {
    const lane = await open();
    opened.set(keyOf(id), { partition: id.partition, lane });
    return lane;
  }

  return {
    at(id, open) {
      const existing = opening.get(keyOf(id));
      if (existing !== undefined) return existing;
      const lane = openLane(id, open);
      opening.set(keyOf(id), lane);
      return lane;
    },
    closeAged() {
      for (const { lane } of opened.values()) lane.closeAged();
    },
    async flush(isDue = () => true) {
      const due = [...opened.values()].filter(({ partition, lane }) => isDue(partition, lane));
      await Promise.all(due.map(({ lane }) => lane.flush()));
    },
    async release(ids, budgetMs) {
      const leaving = ids.map(keyOf);
      // Looked up now: a partition that comes back while its lane is still landing gets a new one.
      const lanes = leaving.flatMap((key) => opened.get(key)?.lane ?? []);
      const impatient = setTimeout(() => lanes.forEach(letGoOf), budgetMs);
      try {
        await Promise.all(lanes.map((lane) => lane.flush()));
      } finally {
        clearTimeout(impatient);
        lanes.forEach(letGoOf);
        for (const key of leaving) {
          opening.delete(key);
          opened.delete(key);
        }
      }
    },
    letGo() {
      for (const { lane } of opened.values()) letGoOf(lane);
    },
    get hasLost() {
      return [...opened.values()].some(({ lane }) => lane.hold.signal.aborted);
    },
    get heldRows() {
      let rows = 0;
      for (const { lane } of opened.values()) rows += lane.heldRows;
      return rows;
    },
  };
}

function letGoOf({ hold }: Lane): void {
  hold.letGo(new BellwetherError("fenced", "the partition was given up", { retryable: false }));
}
