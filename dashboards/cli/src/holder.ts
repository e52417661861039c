import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

/**
 * Who holds an embedded home. The engines allow one process per data directory; that process leaves its API's
 * address and a service key here (mode 0600), so that a command started beside it can ask instead of opening.
 */
const holderSchema = z.object({
  pid: z.number().int(),
  address: z.string(),
  key: z.string(),
  startedAt: z.string(),
  /** Kind and version of each engine the process has open. */
  engines: z.record(z.string(), z.string()),
});
export type Holder = z.infer<typeof holderSchema>;

const fileOf = (home: string) => join(home, "process.json");

export function writeHolder(home: string, holder: Holder): void {
  mkdirSync(home, { recursive: true });
  writeFileSync(fileOf(home), JSON.stringify(holder), { mode: 0o600 });
}

export function removeHolder(home: string): void {
  rmSync(fileOf(home), { force: true });
}

/** The living process that holds `home`, or null; a file left by a dead process counts as null. */
export function readHolder(home: string): Holder | null {
  try {
    const holder = holderSchema.parse(JSON.parse(readFileSync(fileOf(home), "utf8")));
    process.kill(holder.pid, 0);
    return holder;
  } catch {
    return null;
  }
}
