import { join } from "node:path";
import { readMigrations } from "@bellwether/runtime/migrations";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onCluster } from "./cluster.ts";
import { splitStatements } from "./statements.ts";
import { openTestStore, type TestStore } from "./testing.ts";

const files = await readMigrations(join(import.meta.dirname, "..", "migrations"));
const statements = files.flatMap(({ name, sql }) => splitStatements(sql).map((statement, i) => ({ name: `${name} ${i + 1}`, statement })));

let test: TestStore;
beforeAll(async () => {
  test = await openTestStore();
});
afterAll(() => test?.close());

/** A replicated table needs ClickHouse Keeper, which the embedded engine does not have: its parser has, and it is the server's. */
describe("the schema on a cluster", () => {
  it.each(statements)(
    "$name is what the engine's parser takes, on the cluster, and replicated where it is a table",
    async ({ statement }) => {
      const changed = onCluster(statement, "fleet");
      await test.store.command(`EXPLAIN AST ${changed}`);
      if (/^(CREATE|ALTER|DROP)\b/.test(statement)) expect(changed).toContain("ON CLUSTER 'fleet'");
      expect(changed).not.toMatch(/ENGINE = (?!Replicated)\w*MergeTree/);
      expect(changed).not.toContain("non_replicated");
    },
  );

  it("keeps tokens for a week and leaves other statements alone", () => {
    const sql =
      "CREATE TABLE IF NOT EXISTS a (n UInt8) ENGINE = ReplacingMergeTree(n) ORDER BY n SETTINGS non_replicated_deduplication_window = 10000";
    expect(onCluster(sql, "fleet")).toBe(
      "CREATE TABLE IF NOT EXISTS a ON CLUSTER 'fleet' (n UInt8) ENGINE = ReplicatedReplacingMergeTree(n) ORDER BY n SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 604800",
    );
    expect(onCluster("INSERT INTO a SELECT 1", "fleet")).toBe("INSERT INTO a SELECT 1");
    expect(() => onCluster(sql, "fleet' --")).toThrow(TypeError);
  });
});
