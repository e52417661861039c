import { stat } from "node:fs/promises";
import type { Logger } from "../../logger.ts";
import type { PartitionLog } from "./partitionLog.ts";

/** Keeps all partitions together under a size by deleting the finished segments that were written first. */
export class Retention {
  readonly #bytesMax: number;
  readonly #logger: Logger | undefined;
  readonly #partitions: PartitionLog[] = [];
  /** The running pass and those after it; one at a time, so that no segment is counted twice. */
  #passes: Promise<void> = Promise.resolve();

  constructor(bytesMax: number, logger: Logger | undefined) {
    this.#bytesMax = bytesMax;
    this.#logger = logger;
  }

  watch(partitions: readonly PartitionLog[]): void {
    this.#partitions.push(...partitions);
  }

  /** Begins a pass; sizes only change by much when a segment is finished, so that is when this is called. */
  apply(): void {
    if (!Number.isFinite(this.#bytesMax)) return;
    this.#passes = this.#passes
      .then(() => this.#dropUntilSmall())
      .catch((error: unknown) => this.#logger?.error({ err: error }, "deleting old log segments failed"));
  }

  async idle(): Promise<void> {
    await this.#passes;
  }

  async #dropUntilSmall(): Promise<void> {
    while (this.#partitions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) > this.#bytesMax) {
      const oldest = await this.#oldest();
      if (oldest === undefined) return;
      const { topic, partition } = oldest;
      await oldest.dropOldest();
      this.#logger?.info({ topic, partition, startOffset: oldest.startOffset }, "deleted the oldest log segment to stay under the limit");
    }
  }

  /** The partition whose first finished segment was written to longest ago. */
  async #oldest(): Promise<PartitionLog | undefined> {
    let oldest: { readonly log: PartitionLog; readonly writtenMs: number } | undefined;
    for (const log of this.#partitions) {
      const [segment] = log.finishedSegments;
      if (segment === undefined) continue;
      const { mtimeMs } = await stat(segment.file);
      if (oldest === undefined || mtimeMs < oldest.writtenMs) oldest = { log, writtenMs: mtimeMs };
    }
    return oldest?.log;
  }
}
