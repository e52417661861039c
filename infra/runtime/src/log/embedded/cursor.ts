import { type FileHandle, open } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { LogRecord } from "../records.ts";
import type { PartitionLog } from "./partitionLog.ts";
import { checkRecord, decodeRecord } from "./recordFormat.ts";
import type { Segment } from "./segment.ts";

export interface ReadLimits {
  readonly maxRecords: number;
  /** Size of one read from the file; a single larger record is still delivered. */
  readonly maxBytes: number;
  /** Whoever reads has done with the records of one `read` before the next, so that every chunk may be read into the same memory. */
  readonly reusesMemory?: boolean;
}

/**
 * Reads one partition forwards from the files. Holds one chunk at a time; each chunk is a buffer of its own unless told otherwise,
 * because the records handed out are views into it.
 */
export class Cursor {
  readonly #log: PartitionLog;
  readonly #limits: ReadLimits;
  /** Offset of the next record to deliver. */
  #offset: number;
  /** The open segment; it stays readable even when retention unlinks the file. */
  #open: { segment: Segment; handle: FileHandle } | null = null;
  /** Offset and file position of the next byte not yet in `#chunk`. */
  #chunk: Buffer = Buffer.alloc(0);
  #memory: Buffer | undefined;
  #chunkPosition = 0;
  #filePosition = 0;
  /** Offset of the record at `#chunkPosition`; below `#offset` only right after a seek. */
  #chunkOffset: number;

  constructor(log: PartitionLog, startOffset: number, limits: ReadLimits) {
    this.#log = log;
    this.#offset = startOffset;
    this.#chunkOffset = startOffset;
    this.#limits = limits;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The next records, or an empty list when the end is reached. */
  async read(): Promise<readonly LogRecord[]> {
    for (;;) {
      const records = this.#decode();
      if (records.length > 0) return records;
      if (!(await this.#fill())) return [];
    }
  }

  async close(): Promise<void> {
    const current = this.#open;
    this.#open = null;
    await current?.handle.close();
  }

  #decode(): LogRecord[] {
    const at = { topic: this.#log.topic, partition: this.#log.partition };
    const records: LogRecord[] = [];
    while (records.length < this.#limits.maxRecords) {
      const check = checkRecord(this.#chunk, this.#chunkPosition, this.#chunkOffset);
      if (check.kind === "short") break;
      if (check.kind === "damaged") throw this.#corrupt(check.detail);
      if (this.#chunkOffset >= this.#offset) records.push(decodeRecord(this.#chunk, this.#chunkPosition, at));
      this.#chunkPosition += check.length;
      this.#chunkOffset += 1;
    }
    this.#offset = Math.max(this.#offset, this.#chunkOffset);
    return records;
  }

  /** Loads the next chunk, beginning with what is left of this one; false at the end of the log. */
  async #fill(): Promise<boolean> {
    const current = this.#open ?? (await this.#openAt(this.#offset));
    const rest = this.#chunk.length - this.#chunkPosition;
    const start = this.#filePosition - rest;
    const available = current.segment.sizeBytes - start;
    if (available <= rest && rest > 0) throw this.#corrupt("the file ends inside a record");
    if (available === 0) return this.#moveOn(current.segment);
    const check = checkRecord(this.#chunk, this.#chunkPosition, this.#chunkOffset);
    const wanted = check.kind === "short" ? rest + check.needed : 0;
    const chunk = this.#allocate(Math.min(available, Math.max(this.#limits.maxBytes, wanted)));
    const { bytesRead } = await current.handle.read(chunk, 0, chunk.length, start);
    if (bytesRead < chunk.length) throw this.#corrupt(`expected ${chunk.length} bytes at ${start}, got ${bytesRead}`);
    this.#chunk = chunk;
    this.#chunkPosition = 0;
    this.#filePosition = start + bytesRead;
    return true;
  }

  /** What is left of the last chunk may be written over: it is read from the file again. */
  #allocate(bytes: number): Buffer {
    const { reusesMemory = false, maxBytes } = this.#limits;
    if (!reusesMemory || bytes > maxBytes) return Buffer.allocUnsafeSlow(bytes);
    this.#memory ??= Buffer.allocUnsafeSlow(maxBytes);
    return this.#memory.subarray(0, bytes);
  }

  /** To the segment after a finished one; false when there is none yet. */
  async #moveOn(finished: Segment): Promise<boolean> {
    if (this.#log.isActive(finished)) return false;
    await this.close();
    const { segment } = await this.#openAt(this.#offset);
    if (segment === finished) throw this.#corrupt("the file ends before the next one begins");
    return true;
  }

  async #openAt(offset: number): Promise<{ segment: Segment; handle: FileHandle }> {
    const { segment, entry } = await this.#log.seek(offset);
    const current = { segment, handle: await open(segment.file, "r") };
    this.#open = current;
    this.#offset = Math.max(offset, segment.baseOffset);
    this.#chunkOffset = entry.offset;
    this.#filePosition = entry.position;
    this.#chunk = Buffer.alloc(0);
    this.#chunkPosition = 0;
    return current;
  }

  #corrupt(detail: string): BellwetherError {
    const where = `${this.#log.topic}/${this.#log.partition} at offset ${this.#chunkOffset}`;
    return new BellwetherError("log_corrupt", `${where}: ${detail}`, { retryable: false });
  }
}
