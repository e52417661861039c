import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { writeFileAtomic } from "./atomicFile.ts";

const LOCK_FILE = "LOCK";
/** How long somebody else may take to replace a dead process's lock: 100 × 10 ms. */
const ATTEMPTS = 100;
const RETRY_MS = 10;

const holderSchema = z.object({
  pid: z.number().int(),
  host: z.string(),
  /** When the process started, in clock ticks since boot (Linux only): a process id alone is soon used again. */
  startTicks: z.string().nullable(),
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process alone. Rejects with `home_locked`, naming the holder, while another process that
 * is still alive has it, or this one took it before. What a killed process left behind is taken over;
 * a lock from another host cannot be checked and must be removed by hand.
 */
export async function lockDirectory(dir: string): Promise<DirectoryLock> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, LOCK_FILE);
  const mine = JSON.stringify(await thisProcess());
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await createWhole(file, mine)) return ownedLock(file);
    const text = await readFile(file, "utf8").catch(() => null);
    if (text === null) continue;
    const holder = parseHolder(text);
    if (holder !== null && (await isAlive(holder))) throw lockedBy(dir, holder);
    if (await takeOver(file, { staleText: text, mine })) return ownedLock(file);
    await delay(RETRY_MS);
  }
  throw new BellwetherError("home_locked", `${dir}: several processes are trying to take it at once`, { retryable: true });
}

function ownedLock(file: string): DirectoryLock {
  return { release: () => rm(file, { force: true }) };
}

/** Creates a file with its content in one step, so that nobody reads an empty lock; false when it exists. */
async function createWhole(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Replaces the lock of a dead process. Only who holds the claim file may, and only while the lock still says what it
 * said: otherwise two processes that both saw the dead one could each replace the other's lock.
 */
async function takeOver(file: string, { staleText, mine }: { staleText: string; mine: string }): Promise<boolean> {
  const claim = `${file}.claim`;
  if (!(await createWhole(claim, mine))) {
    const claimant = parseHolder(await readFile(claim, "utf8").catch(() => mine));
    if (claimant === null || !(await isAlive(claimant))) await rm(claim, { force: true });
    return false;
  }
  try {
    if ((await readFile(file, "utf8").catch(() => null)) !== staleText) return false;
    await writeFileAtomic(file, mine);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

function lockedBy(dir: string, holder: Holder): BellwetherError {
  const where = holder.host === hostname() ? `process ${holder.pid}` : `process ${holder.pid} on host ${holder.host}`;
  const hint = holder.host === hostname() ? "" : `; if that host is gone, delete ${join(dir, LOCK_FILE)}`;
  return new BellwetherError("home_locked", `${dir} is held by ${where} since ${holder.since}${hint}`, { retryable: false });
}

function parseHolder(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function thisProcess(): Promise<Holder> {
  const { pid } = process;
  return { pid, host: hostname(), startTicks: await startTicksOf(pid), since: new Date().toISOString() };
}

async function isAlive(holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  const startTicks = await startTicksOf(holder.pid);
  return startTicks === null || holder.startTicks === null || startTicks === holder.startTicks;
}

/** Field 22 of /proc/PID/stat; the command in field 2 may hold blanks, so counting starts after its closing bracket. */
async function startTicksOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null) return null;
  return (
    stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .at(19) ?? null
  );
}
