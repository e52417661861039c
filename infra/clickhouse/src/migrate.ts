import { fileURLToPath } from "node:url";
import { type Migration, type MigrationReport, planMigrations, readMigrations } from "@bellwether/runtime/migrations";
import { z } from "zod";
import { onCluster } from "./cluster.ts";
import { splitStatements } from "./statements.ts";
import type { ColumnStore } from "./store.ts";

const MIGRATIONS_DIR = fileURLToPath(new URL("../migrations", import.meta.url));

const CREATE_LEDGER = `
  CREATE TABLE IF NOT EXISTS schema_migrations
  (
    version    UInt32,
    name       String,
    checksum   String,
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(applied_at)
  ORDER BY version`;

const appliedSchema = z.object({ version: z.number(), name: z.string(), checksum: z.string() });

/** Runs every statement of one file. A file that failed half-way is run again from its start, so every DDL is idempotent. */
export async function applyMigration(store: ColumnStore, migration: Migration): Promise<void> {
  for (const statement of splitStatements(migration.sql)) await store.command(ddlFor(store, statement));
}

/** The statement as the store needs it: replicated and on all hosts where it is a cluster. */
function ddlFor({ cluster }: ColumnStore, statement: string): string {
  return cluster === undefined ? statement : onCluster(statement, cluster);
}

/** Brings the schema up to date; files applied before are skipped. Throws `migration_conflict` (see planMigrations). */
export async function migrate(store: ColumnStore, dir: string = MIGRATIONS_DIR): Promise<MigrationReport> {
  await store.command(ddlFor(store, CREATE_LEDGER));
  // FINAL over a table of a few dozen rows: two programs that migrated at once both wrote their row.
  const applied = await store.query("SELECT version, name, checksum FROM schema_migrations FINAL ORDER BY version", appliedSchema);
  const pending = planMigrations(await readMigrations(dir), applied);
  for (const migration of pending) {
    await applyMigration(store, migration);
    const { version, name, checksum } = migration;
    await store.insertRows("schema_migrations", [{ version, name, checksum }], { token: `${name}:${checksum}` });
  }
  return { applied: pending.map(({ name }) => name), unchanged: applied.length };
}
