import { type FileHandle, mkdir, open, readdir, rm, stat, truncate } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { OutgoingRecord } from "../records.ts";
import { SendQueue } from "../sendQueue.ts";
import { encodeRecords, type RecordBlock } from "./recordFormat.ts";
import { addToIndex, baseOffsetOf, type IndexEntry, positionBefore, type Segment, scanSegment, segmentFile } from "./segment.ts";

export interface PartitionLogOptions {
  readonly dir: string;
  readonly topic: string;
  readonly partition: number;
  readonly segmentBytes: number;
  /** Waits for the disk before a send is acknowledged. Without it a power failure, not a crash, can lose the last seconds. */
  readonly fsync: boolean;
  readonly now: () => number;
  /** Told about a tail that was cut off when the partition was opened. */
  readonly onTornTail: (tail: { topic: string; partition: number; bytes: number }) => void;
  /** Told when a segment is finished, which is when retention looks at the sizes. */
  readonly onRolled: () => void;
}

/** Opens a partition, creating it if missing; a torn tail of the last segment is cut off. */
export async function openPartitionLog(options: PartitionLogOptions): Promise<PartitionLog> {
  const { dir, topic, partition } = options;
  await mkdir(dir, { recursive: true });
  const bases = (await readdir(dir)).map(baseOffsetOf).filter((base) => base !== null);
  bases.sort((a, b) => a - b);
  const segments: Segment[] = [];
  for (const baseOffset of bases) {
    const file = segmentFile(dir, baseOffset);
    segments.push({ baseOffset, file, sizeBytes: (await stat(file)).size, index: undefined });
  }
  const last = segments.at(-1);
  if (last === undefined) {
    const first: Segment = { baseOffset: 0, file: segmentFile(dir, 0), sizeBytes: 0, index: [] };
    return new PartitionLog(options, { segments: [first], nextOffset: 0, handle: await open(first.file, "w+") });
  }
  const scan = await scanSegment(last);
  if (scan.tornBytes > 0) {
    await truncate(last.file, scan.soundBytes);
    options.onTornTail({ topic, partition, bytes: scan.tornBytes });
  }
  last.sizeBytes = scan.soundBytes;
  last.index = scan.index;
  return new PartitionLog(options, { segments, nextOffset: scan.nextOffset, handle: await open(last.file, "r+") });
}

/** Segment files of one partition, one writer, any number of cursors. */
export class PartitionLog {
  readonly #options: PartitionLogOptions;
  /** By rising base offset, never empty; the last one is being written. */
  readonly #segments: Segment[];
  #handle: FileHandle;
  /** Offset of the next record; every record below it is in the file. */
  #nextOffset: number;
  readonly #sends = new SendQueue((records) => this.#write(records));
  readonly #waiting = new Set<() => void>();

  constructor(options: PartitionLogOptions, state: { segments: Segment[]; nextOffset: number; handle: FileHandle }) {
    this.#options = options;
    this.#segments = state.segments;
    this.#nextOffset = state.nextOffset;
    this.#handle = state.handle;
  }

  get topic(): string {
    return this.#options.topic;
  }

  get partition(): number {
    return this.#options.partition;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** First offset that retention has left. */
  get startOffset(): number {
    return this.#segments[0]?.baseOffset ?? 0;
  }

  /** Segments that are no longer written to, oldest first. */
  get finishedSegments(): readonly Segment[] {
    return this.#segments.slice(0, -1);
  }

  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  isActive(segment: Segment): boolean {
    return this.#segments.at(-1) === segment;
  }

  /** Resolves once the records are in the file. Sends that wait for each other share one write. */
  append(records: readonly OutgoingRecord[]): Promise<void> {
    return this.#sends.send(records);
  }

  /** Segment of an offset (the first one for an offset that is gone) and a place at or before it to read from. */
  async seek(offset: number): Promise<{ segment: Segment; entry: IndexEntry }> {
    const segment = this.#segments.findLast(({ baseOffset }) => baseOffset <= offset) ?? this.#segments[0];
    if (segment === undefined) throw new Error("a partition always has a segment");
    segment.index ??= (await scanSegment(segment)).index;
    return { segment, entry: positionBefore(segment.index, offset) ?? { offset: segment.baseOffset, position: 0 } };
  }

  /** Resolves when there is a record at `offset` or later, or the signal is aborted. */
  async untilAppended(offset: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.#nextOffset > offset) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** Deletes the oldest finished segment. Who is reading it reads on: the open file lives until it is closed. */
  async dropOldest(): Promise<void> {
    if (this.#segments.length < 2) return;
    const oldest = this.#segments.shift();
    if (oldest !== undefined) await rm(oldest.file, { force: true });
  }

  /** Waits for sends that have been accepted, then closes the file. */
  async close(): Promise<void> {
    await this.#sends.idle();
    await this.#handle.close();
  }

  async #write(records: readonly OutgoingRecord[]): Promise<void> {
    try {
      const active = await this.#activeSegment();
      const block = encodeRecords(records, { firstOffset: this.#nextOffset, timestampMs: this.#options.now() });
      await this.#writeBlock(active, block);
      const index = active.index ?? [];
      active.index = index;
      block.positions.forEach((position, i) => {
        addToIndex(index, { offset: this.#nextOffset + i, position: active.sizeBytes + position });
      });
      active.sizeBytes += block.bytes.length;
      this.#nextOffset += records.length;
    } catch (error) {
      const { topic, partition } = this.#options;
      const reason = error instanceof Error ? error.message : String(error);
      throw new BellwetherError("log_unavailable", `${topic}/${partition}: writing failed: ${reason}`, { retryable: true, cause: error });
    }
    for (const wake of [...this.#waiting]) wake();
  }

  /** What a failed write left behind is cut off, here if possible, otherwise as a torn tail on opening. */
  async #writeBlock(active: Segment, { bytes }: RecordBlock): Promise<void> {
    try {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, active.sizeBytes + written);
        written += bytesWritten;
      }
      if (this.#options.fsync) await this.#handle.datasync();
    } catch (error) {
      await this.#handle.truncate(active.sizeBytes).catch(() => undefined);
      throw error;
    }
  }

  async #activeSegment(): Promise<Segment> {
    const active = this.#segments.at(-1);
    if (active === undefined) throw new Error("a partition always has a segment");
    if (active.sizeBytes < this.#options.segmentBytes) return active;
    const file = segmentFile(this.#options.dir, this.#nextOffset);
    const next: Segment = { baseOffset: this.#nextOffset, file, sizeBytes: 0, index: [] };
    const handle = await open(file, "w+");
    // A finished segment is never scanned for a torn tail, so it must be whole even after a power failure.
    await this.#handle.datasync();
    await this.#handle.close();
    this.#handle = handle;
    this.#segments.push(next);
    this.#options.onRolled();
    return next;
  }
}
