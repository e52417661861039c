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
  /** Lands what the partitions hold and forgets them: somebody else may have moved their offsets when they come back. */
  release(ids: readonly PartitionId[]): Promise<void>;
  readonly heldRows: number;
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
    async release(ids) {
      const leaving = ids.map(keyOf);
      await Promise.all(leaving.map((key) => opened.get(key)?.lane.flush()));
      for (const key of leaving) {
        opening.delete(key);
        opened.delete(key);
      }
    },
    get heldRows() {
      let rows = 0;
      for (const { lane } of opened.values()) rows += lane.heldRows;
      return rows;
    },
  };
}
