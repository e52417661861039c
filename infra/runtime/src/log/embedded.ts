import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { writeFileAtomic } from "../atomicFile.ts";
import { lockDirectory } from "../lock.ts";
import type { Logger } from "../logger.ts";
import { Group } from "./embedded/group.ts";
import { openGroupOffsets } from "./embedded/groupOffsets.ts";
import { Member } from "./embedded/member.ts";
import { openPartitionLog, type PartitionLog } from "./embedded/partitionLog.ts";
import { Retention } from "./embedded/retention.ts";
import type { OutgoingRecord, RecordLog, SubscribeOptions, Subscription } from "./records.ts";
import { splitByPartition } from "./splitByPartition.ts";

export interface EmbeddedLogOptions {
  readonly dir: string;
  /** A file of a partition is finished at this size; 64 MiB by default. */
  readonly segmentBytes?: number;
  /** All partitions together; the oldest finished segments go first, consumed or not. Unlimited by default. */
  readonly retentionBytes?: number;
  /**
   * Waits for the disk before acknowledging. Off by default: an acknowledged record survives a crash of the process
   * (it is in the kernel), but the last seconds may be lost when the machine loses power.
   */
  readonly fsync?: boolean;
  /** Limits of one delivered batch: 5,000 records and 4 MiB by default (a larger single record is delivered alone). */
  readonly batchRecordsMax?: number;
  readonly batchBytesMax?: number;
  readonly logger?: Logger;
  readonly now?: () => number;
}

const topicFileSchema = z.object({ partitions: z.number().int().positive() });

/**
 * Opens the log that lives in this process: append-only files under `dir`, one writer.
 * Rejects with `home_locked` while another process has the directory.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<RecordLog> {
  const lock = await lockDirectory(options.dir);
  try {
    const retention = new Retention(options.retentionBytes ?? Number.POSITIVE_INFINITY, options.logger);
    const topics = await openTopics(options, retention);
    return createLog({ options, topics, retention, unlock: lock.release });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

type Topics = Map<string, Promise<readonly PartitionLog[]>>;

interface OpenedLog {
  readonly options: EmbeddedLogOptions;
  readonly topics: Topics;
  readonly retention: Retention;
  readonly unlock: () => Promise<void>;
}

function createLog({ options, topics, retention, unlock }: OpenedLog): RecordLog {
  const groups = new Map<string, Promise<Group>>();
  const nextTurns = new Map<string, number>();
  let closing: Promise<void> | null = null;

  async function partitionsOf(topic: string): Promise<readonly PartitionLog[]> {
    if (closing !== null) throw new BellwetherError("log_unavailable", "the embedded log is closed", { retryable: false });
    const partitions = await topics.get(topic);
    if (partitions === undefined) throw new BellwetherError("not_found", `topic ${topic} does not exist`, { retryable: false });
    return partitions;
  }

  async function send(topic: string, records: readonly OutgoingRecord[]): Promise<void> {
    const partitions = await partitionsOf(topic);
    const turn = nextTurns.get(topic) ?? 0;
    nextTurns.set(topic, turn + 1);
    const shares = [...splitByPartition(records, { partitions: partitions.length, turn })];
    const writes = shares.map(([partition, share]) => ({ log: logOf(partitions, topic, partition), share }));
    await Promise.all(writes.map(({ log, share }) => log.append(share)));
  }

  async function openGroup(name: string): Promise<Group> {
    const { dir, fsync = false } = options;
    const opening = groups.get(name) ?? openGroupOffsets(join(dir, "groups"), name, { fsync }).then((offsets) => new Group(offsets));
    groups.set(name, opening);
    // A group that could not be opened is not remembered: the next attempt looks at the file again.
    opening.catch(() => groups.delete(name));
    return opening;
  }

  async function subscribe(subscription: SubscribeOptions): Promise<Subscription> {
    const partitions = (await Promise.all(subscription.topics.map(partitionsOf))).flat();
    const { batchRecordsMax = 5_000, batchBytesMax = 4 * 1024 * 1024 } = options;
    const group = await openGroup(subscription.group);
    const limits = { maxRecords: batchRecordsMax, maxBytes: batchBytesMax, reusesMemory: subscription.keepsNothing ?? false };
    const member = new Member({ options: subscription, partitions, offsets: group.offsets, limits, leave: (left) => group.leave(left) });
    await group.join(member);
    return member;
  }

  async function closeAll(): Promise<void> {
    try {
      const opened = await Promise.all(groups.values());
      await Promise.all(opened.flatMap(({ members }) => members.map((member) => member.close())));
      await Promise.all(opened.map(({ offsets }) => offsets.close()));
      const partitions = (await Promise.all(topics.values())).flat();
      await Promise.all(partitions.map((partition) => partition.close()));
      await retention.idle();
    } finally {
      await unlock();
    }
  }

  return {
    kind: "embedded",
    source: { subscribe },
    sink: { send },
    async ensureTopics(wanted) {
      for (const { topic, partitions } of wanted) {
        const opened = topics.get(topic) ?? createTopic(options, { topic, partitions, retention });
        topics.set(topic, opened);
        opened.catch(() => topics.delete(topic));
        await opened;
      }
    },
    async endOffsets(topic) {
      return (await partitionsOf(topic)).map(({ partition, nextOffset }) => ({ partition, nextOffset }));
    },
    async committedOffsets(topic, name) {
      const { offsets } = await openGroup(name);
      return (await partitionsOf(topic)).map(({ partition }) => ({ partition, nextOffset: offsets.get(topic, partition) }));
    },
    close() {
      closing ??= closeAll();
      return closing;
    },
  };
}

function logOf(partitions: readonly PartitionLog[], topic: string, partition: number): PartitionLog {
  const log = partitions[partition];
  if (log !== undefined) return log;
  throw new BellwetherError("not_found", `topic ${topic} has ${partitions.length} partitions, got partition ${partition}`, {
    retryable: false,
  });
}

async function openTopics(options: EmbeddedLogOptions, retention: Retention): Promise<Topics> {
  const root = join(options.dir, "topics");
  await mkdir(root, { recursive: true });
  const topics: Topics = new Map();
  for (const topic of await readdir(root)) {
    // A directory without its file is a topic whose creation was cut short: it never held a record.
    const text = await readFile(join(root, topic, "topic.json"), "utf8").catch(() => null);
    if (text === null) continue;
    const { partitions } = topicFileSchema.parse(JSON.parse(text));
    topics.set(topic, Promise.resolve(await openPartitions(options, { topic, partitions, retention })));
  }
  return topics;
}

interface TopicToOpen {
  readonly topic: string;
  readonly partitions: number;
  readonly retention: Retention;
}

async function createTopic(options: EmbeddedLogOptions, wanted: TopicToOpen): Promise<readonly PartitionLog[]> {
  const { topic, partitions } = wanted;
  if (!/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || /^\.+$/.test(topic)) {
    throw new BellwetherError("config_invalid", `topic name: expected 1 to 249 letters, digits, ".", "_" or "-", got "${topic}"`, {
      retryable: false,
    });
  }
  const dir = join(options.dir, "topics", topic);
  await mkdir(dir, { recursive: true });
  await writeFileAtomic(join(dir, "topic.json"), JSON.stringify({ partitions }));
  return openPartitions(options, wanted);
}

async function openPartitions(
  options: EmbeddedLogOptions,
  { topic, partitions, retention }: TopicToOpen,
): Promise<readonly PartitionLog[]> {
  const { segmentBytes = 64 * 1024 * 1024, fsync = false, now = Date.now, logger } = options;
  const opening = Array.from({ length: partitions }, (_, partition) =>
    openPartitionLog({
      dir: join(options.dir, "topics", topic, String(partition)),
      topic,
      partition,
      segmentBytes,
      fsync,
      now,
      onTornTail: (tail) => logger?.warn(tail, "cut off a record that was not completely written when the process ended"),
      onRolled: () => retention.apply(),
    }),
  );
  const opened = await Promise.all(opening);
  retention.watch(opened);
  return opened;
}
