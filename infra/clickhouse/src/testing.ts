import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { migrate } from "./migrate.ts";
import { openStore } from "./open.ts";
import type { ColumnStore } from "./store.ts";

/** A store for one test file. chDB holds one directory per process, so open one at a time. */
export interface TestStore {
  readonly store: ColumnStore;
  readonly dir: string;
  /** Closes the store and removes its directory. */
  close(): Promise<void>;
}

/** Removes a data directory; refuses one whose name does not say that it belongs to a test. */
export async function removeTestDir(dir: string): Promise<void> {
  if (!basename(dir).includes("test")) throw new Error(`refusing to remove ${basename(dir)}: its name does not contain "test"`);
  await rm(dir, { recursive: true, force: true });
}

/** A migrated embedded store in a temporary directory. */
export async function openTestStore(): Promise<TestStore> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-test-store-"));
  const store = await openStore({ kind: "embedded", dir });
  await migrate(store);
  return {
    store,
    dir,
    async close() {
      await store.close();
      await removeTestDir(dir);
    },
  };
}
