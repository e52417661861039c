import { BellwetherError } from "@bellwether/contracts/errors";
import type { Admin } from "kafkajs";
import type { RecordLog } from "../records.ts";
import { askCluster } from "./askCluster.ts";

/** Raw frames are small, but a dead letter carries whatever came; brokers allow 1 MiB unless a topic says otherwise. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;

export interface Cluster extends Pick<RecordLog, "ensureTopics" | "endOffsets" | "committedOffsets"> {
  /** Rejects with `not_found` for a topic nobody has created. */
  partitionsOf(topic: string): Promise<number>;
}

/** What both clients ask the cluster over the same administrative connection: topics, ends and committed offsets. */
export function createCluster(admin: Admin): Cluster {
  return {
    async ensureTopics(topics) {
      await askCluster(`creating the topics ${topics.map(({ topic }) => topic).join(",")}`, async () => {
        const existing = new Set(await admin.listTopics());
        const missing = topics.filter(({ topic }) => !existing.has(topic));
        if (missing.length === 0) return;
        const configEntries = [{ name: "max.message.bytes", value: String(MESSAGE_BYTES_MAX) }];
        const wanted = missing.map(({ topic, partitions }) => ({ topic, numPartitions: partitions, configEntries }));
        await admin.createTopics({ waitForLeaders: true, topics: wanted });
      });
    },
    async partitionsOf(topic) {
      const { topics } = await askCluster(`looking up ${topic}`, () => admin.fetchTopicMetadata({ topics: [topic] }));
      const partitions = topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (partitions === 0) throw new BellwetherError("not_found", `topic ${topic} does not exist`, { retryable: false });
      return partitions;
    },
    async endOffsets(topic) {
      const offsets = await askCluster(`reading the end of ${topic}`, () => admin.fetchTopicOffsets(topic));
      return offsets.map(({ partition, high }) => ({ partition, nextOffset: Number(high) })).sort((a, b) => a.partition - b.partition);
    },
    async committedOffsets(topic, group) {
      const partitions = await askCluster(`reading the offsets of ${group}`, async () => {
        const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
        return answer?.partitions ?? [];
      });
      const committed = partitions.map(({ partition, offset }) => ({ partition, nextOffset: Number(offset) < 0 ? null : Number(offset) }));
      return committed.sort((a, b) => a.partition - b.partition);
    },
  };
}
