import { partitionOf } from "./partition.ts";
import type { OutgoingRecord } from "./records.ts";

/**
 * Sorts records into partitions, keeping their order: an explicit partition first, then the key's.
 * Records without a key all go to `turn` modulo the number of partitions, so that one send is one write.
 */
export function splitByPartition(
  records: readonly OutgoingRecord[],
  { partitions, turn }: { partitions: number; turn: number },
): ReadonlyMap<number, readonly OutgoingRecord[]> {
  const shares = new Map<number, OutgoingRecord[]>();
  for (const record of records) {
    const partition = record.partition ?? (record.key === null ? turn % partitions : partitionOf(record.key, partitions));
    const share = shares.get(partition);
    if (share === undefined) shares.set(partition, [record]);
    else share.push(record);
  }
  return shares;
}
