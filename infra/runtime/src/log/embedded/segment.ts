import { open } from "node:fs/promises";
import { join } from "node:path";
import { BellwetherError } from "@bellwether/contracts/errors";
import { checkRecord, HEADER_BYTES } from "./recordFormat.ts";

const SCAN_BYTES = 4 * 1024 * 1024;
/** One index entry per this many bytes: a seek decodes at most this much in vain. */
export const INDEX_STEP_BYTES = 64 * 1024;

export interface IndexEntry {
  readonly offset: number;
  readonly position: number;
}

/** One file of consecutive records, named after its first offset. */
export interface Segment {
  readonly baseOffset: number;
  readonly file: string;
  /** Bytes that are written and acknowledged; readers go no further. */
  sizeBytes: number;
  /** Sparse, by rising offset; undefined until somebody seeks in a segment of an earlier run. */
  index: IndexEntry[] | undefined;
}

const SUFFIX = ".log";

export function segmentFile(dir: string, baseOffset: number): string {
  return join(dir, `${String(baseOffset).padStart(20, "0")}${SUFFIX}`);
}

/** First offset in a segment's file name; null for other files. */
export function baseOffsetOf(name: string): number | null {
  return /^\d{20}\.log$/.test(name) ? Number(name.slice(0, -SUFFIX.length)) : null;
}

export interface SegmentScan {
  readonly index: IndexEntry[];
  readonly nextOffset: number;
  /** Where the sound records end. */
  readonly soundBytes: number;
  /** What follows the sound records, if anything: a write that was cut short. */
  readonly tornBytes: number;
}

/**
 * Reads a segment from the start, checks every record and builds its index; holds 4 MiB (or one record) at a time.
 * An unfinished record at the end is a torn tail. A damaged record with a sound one right after it cannot come from
 * an interrupted write: that throws `log_corrupt` rather than drop what was acknowledged.
 */
export async function scanSegment({ file, baseOffset }: Pick<Segment, "file" | "baseOffset">): Promise<SegmentScan> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const index: IndexEntry[] = [];
    let offset = baseOffset;
    let start = 0;
    let window = SCAN_BYTES;
    while (start < size) {
      const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(Math.min(window, size - start)), 0, undefined, start);
      const chunk = buffer.subarray(0, bytesRead);
      const isLast = start + bytesRead >= size;
      let position = 0;
      let check = checkRecord(chunk, position, offset);
      while (check.kind === "sound") {
        addToIndex(index, { offset, position: start + position });
        position += check.length;
        offset += 1;
        check = checkRecord(chunk, position, offset);
      }
      if (check.kind === "damaged" && isFollowedBySound(chunk, position, offset)) {
        throw new BellwetherError("log_corrupt", `${file}: ${check.detail} at byte ${start + position}`, { retryable: false });
      }
      start += position;
      if (check.kind === "damaged" || isLast) break;
      window = Math.max(SCAN_BYTES, chunk.length - position + check.needed);
    }
    return { index, nextOffset: offset, soundBytes: start, tornBytes: size - start };
  } finally {
    await handle.close();
  }
}

/** Adds an entry when the last one is far enough away. */
export function addToIndex(index: IndexEntry[], entry: IndexEntry): void {
  const last = index.at(-1);
  if (last === undefined || entry.position - last.position >= INDEX_STEP_BYTES) index.push(entry);
}

/** Position of the last indexed record at or before an offset. O(log n). */
export function positionBefore(index: readonly IndexEntry[], offset: number): IndexEntry | undefined {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index[middle]?.offset ?? Number.POSITIVE_INFINITY) <= offset) low = middle + 1;
    else high = middle;
  }
  return index[low - 1];
}

function isFollowedBySound(chunk: Buffer, position: number, offset: number): boolean {
  if (chunk.length - position < HEADER_BYTES) return false;
  const length = chunk.readUInt32LE(position);
  return length >= HEADER_BYTES && checkRecord(chunk, position + length, offset + 1).kind === "sound";
}
