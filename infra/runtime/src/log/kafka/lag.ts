import type { Admin } from "kafkajs";
import type { SubscribeOptions } from "../records.ts";

/** Records between what a group has committed, or the beginning, and the end of each partition; sorted. */
export async function lagOf(
  admin: Admin,
  { group, topics }: SubscribeOptions,
): Promise<{ topic: string; partition: number; records: number }[]> {
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  const lags = committed.map(async ({ topic, partitions }) => {
    const ends = await admin.fetchTopicOffsets(topic);
    return ends.map(({ partition, high, low }) => {
      const offset = Number(partitions.find((entry) => entry.partition === partition)?.offset ?? -1);
      return { topic, partition, records: Number(high) - Math.max(offset, Number(low)) };
    });
  });
  return (await Promise.all(lags)).flat().sort((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition);
}
