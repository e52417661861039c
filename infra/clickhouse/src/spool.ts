import { constants, existsSync } from "node:fs";
import { type FileHandle, mkdtemp, open, readFile, rm, stat, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, isAbsolute, join } from "node:path";

const SHARED_MEMORY = "/dev/shm";
const PREFIX = "bellwether-spool-";
const POINTER = "bellwether-spool.json";

/** Short-lived files for insert bodies; each lives only while its INSERT runs. */
export interface Spool {
  /** Writes a body, given in pieces, to a new file and returns its path. */
  write(parts: readonly Uint8Array[]): Promise<string>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Removes what a killed predecessor left behind. Only safe while this process holds the lock on `dir`. */
async function removeLeftovers(pointer: string): Promise<void> {
  const text = await readFile(pointer, "utf8").catch(() => "");
  for (const path of text.split("\n")) {
    if (basename(path).startsWith(PREFIX)) await rm(path, { recursive: true, force: true });
  }
}

/** Whether shared memory has at least twice the size free: chDB and other spools need room beside this body. */
async function hasRoom(bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(SHARED_MEMORY);
  return bavail * bsize > 2 * bytes;
}

/** Bodies from this size on go into files that are written again: the kernel need not find and clear memory for every block. */
const REUSED_BYTES_MIN = 1024 ** 2;
const SPARE_FILES_MAX = 4;
/** Spare files are shared memory that nobody else has; without inserts it is given back after this long. */
const SPARE_MS_MAX = 10_000;

/** Pieces one `writev` takes; Linux has 1,024. */
const PARTS_PER_WRITE = 512;

async function writeParts(path: string, parts: readonly Uint8Array[], bytes: number): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  try {
    for (let at = 0; at < parts.length; at += PARTS_PER_WRITE) await writeAll(file, parts.slice(at, at + PARTS_PER_WRITE));
    // What an earlier, longer body has left behind.
    await file.truncate(bytes);
  } finally {
    await file.close();
  }
}

/** A write may take less than it was given: a full disk, or more than 2 GiB at once. */
async function writeAll(file: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  let { bytesWritten } = await file.writev(parts);
  for (const part of parts) {
    if (bytesWritten < part.byteLength) await file.writeFile(part.subarray(bytesWritten));
    bytesWritten = Math.max(0, bytesWritten - part.byteLength);
  }
}

/**
 * Creates the spool of one data directory: in shared memory where it exists and has room, else in the temporary directory.
 * Its places are noted in `dir`, so a later start after `kill -9` can free the memory.
 */
export async function createSpool(dir: string): Promise<Spool> {
  const pointer = join(dir, POINTER);
  await removeLeftovers(pointer);
  const disk = await mkdtemp(join(tmpdir(), PREFIX));
  const memory = existsSync(SHARED_MEMORY) ? await mkdtemp(join(SHARED_MEMORY, PREFIX)).catch(() => null) : null;
  const places = memory === null ? [disk] : [disk, memory];
  await writeFile(pointer, places.join("\n"));
  let sequence = 0;
  const spare: string[] = [];
  let idle: NodeJS.Timeout | undefined;

  async function dropSpare(): Promise<void> {
    for (const path of spare.splice(0)) await rm(path, { force: true });
  }

  /** Chosen without awaiting anything: two bodies written at the same time must not share a file. */
  function nameFor(bytes: number): string {
    return (bytes >= REUSED_BYTES_MIN ? spare.pop() : undefined) ?? String(++sequence);
  }

  return {
    async write(parts) {
      const bytes = parts.reduce((sum, { byteLength }) => sum + byteLength, 0);
      const name = nameFor(bytes);
      const path = isAbsolute(name) ? name : join(memory !== null && (await hasRoom(bytes)) ? memory : disk, name);
      await writeParts(path, parts, bytes);
      return path;
    },
    async remove(path) {
      const { size } = await stat(path);
      if (size < REUSED_BYTES_MIN || spare.length >= SPARE_FILES_MAX || !path.startsWith(SHARED_MEMORY)) return rm(path, { force: true });
      spare.push(path);
      clearTimeout(idle);
      idle = setTimeout(() => void dropSpare().catch(() => undefined), SPARE_MS_MAX).unref();
    },
    async close() {
      clearTimeout(idle);
      for (const place of places) await rm(place, { recursive: true, force: true });
      await rm(pointer, { force: true });
    },
  };
}
