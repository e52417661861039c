import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { migrate } from "./migrate.ts";
import { openPostgres, type Postgres } from "./open.ts";

/** A database for one test file. */
export interface TestPostgres {
  readonly db: Postgres;
  readonly dir: string;
  /** Stops the server and removes its directory. */
  close(): Promise<void>;
}

/** Removes a data directory; refuses one whose name does not say that it belongs to a test. */
export async function removeTestDir(dir: string): Promise<void> {
  if (!basename(dir).includes("test")) throw new Error(`refusing to remove ${basename(dir)}: its name does not contain "test"`);
  await rm(dir, { recursive: true, force: true });
}

/** A migrated embedded PostgreSQL in a temporary directory. */
export async function openTestPostgres(): Promise<TestPostgres> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-postgres-"));
  const db = await openPostgres({ kind: "embedded", dir });
  await migrate(db);
  return {
    db,
    dir,
    async close() {
      await db.close();
      await removeTestDir(dir);
    },
  };
}
