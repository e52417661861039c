import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { writeFileAtomic } from "../../atomicFile.ts";

/** Topic → partition → offset of the next record the group wants. */
const offsetsSchema = z.record(z.string(), z.record(z.string(), z.number().int().nonnegative()));

/** Opens the committed offsets of a consumer group, one JSON file per group. */
export async function openGroupOffsets(dir: string, group: string, { fsync }: { fsync: boolean }): Promise<GroupOffsets> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, `${encodeURIComponent(group)}.json`);
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "{}";
    throw error;
  });
  try {
    return new GroupOffsets(file, offsetsSchema.parse(JSON.parse(text)), fsync);
  } catch (cause) {
    throw new BellwetherError("log_corrupt", `${file}: expected committed offsets, got unreadable content`, { retryable: false, cause });
  }
}

/** Commits of one group: never backwards, durable when the promise resolves. */
export class GroupOffsets {
  readonly #file: string;
  readonly #fsync: boolean;
  /** What is in memory is what the file will hold after the next write. */
  readonly #offsets: Record<string, Record<string, number>>;
  #writing: Promise<void> = Promise.resolve();
  /** The write that has not begun yet; every commit made before it begins is part of it. */
  #nextWrite: Promise<void> | null = null;

  constructor(file: string, offsets: Record<string, Record<string, number>>, fsync: boolean) {
    this.#file = file;
    this.#offsets = offsets;
    this.#fsync = fsync;
  }

  get(topic: string, partition: number): number | null {
    return this.#offsets[topic]?.[partition] ?? null;
  }

  async commit(topic: string, partition: number, nextOffset: number): Promise<void> {
    const partitions = this.#offsets[topic] ?? {};
    if (nextOffset > (partitions[partition] ?? -1)) {
      partitions[partition] = nextOffset;
      this.#offsets[topic] = partitions;
    }
    this.#nextWrite ??= this.#writeAfter(this.#writing);
    await this.#nextWrite;
  }

  async close(): Promise<void> {
    await (this.#nextWrite ?? this.#writing).catch(() => undefined);
  }

  async #writeAfter(previous: Promise<void>): Promise<void> {
    await previous.catch(() => undefined);
    this.#nextWrite = null;
    this.#writing = writeFileAtomic(this.#file, JSON.stringify(this.#offsets), { sync: this.#fsync }).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new BellwetherError("log_unavailable", `${this.#file}: writing failed: ${reason}`, { retryable: true, cause });
    });
    await this.#writing;
  }
}
