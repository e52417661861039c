import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import type { ColumnStore } from "@bellwether/clickhouse/store";

/** An empty embedded store for examples, gone when closed. The engine holds one directory per process: nothing else may be open. */
export async function openScratchStore(): Promise<{ readonly store: ColumnStore; close(): Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), "bellwether-scratch-"));
  const store = await openStore({ kind: "embedded", dir });
  await migrate(store);
  return {
    store,
    async close() {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
