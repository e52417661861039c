import { fileURLToPath } from "node:url";
import { type MigrationReport, planMigrations, readMigrations } from "@bellwether/runtime/migrations";
import { z } from "zod";
import type { Postgres } from "./open.ts";

const MIGRATIONS_DIR = fileURLToPath(new URL("../migrations", import.meta.url));
/** Any constant: it only has to differ from other advisory locks of this database ("bell" in ASCII). */
const MIGRATION_LOCK = 0x62656c6c;

const CREATE_LEDGER = `
  CREATE TABLE IF NOT EXISTS schema_migrations
  (
    version    integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  )`;

const appliedSchema = z.object({ version: z.number(), name: z.string(), checksum: z.string() });

/**
 * Brings the schema up to date in one transaction: all pending files or none. Two programs that start at once wait for
 * each other. Throws `migration_conflict` (see planMigrations).
 */
export function migrate(db: Postgres, dir: string = MIGRATIONS_DIR): Promise<MigrationReport> {
  return db.transaction(async (tx) => {
    await tx.execute("SELECT pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    await tx.execute(CREATE_LEDGER);
    const applied = await tx.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version", [], appliedSchema);
    const pending = planMigrations(await readMigrations(dir), applied);
    for (const { version, name, checksum, sql } of pending) {
      await tx.execute(sql);
      await tx.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)", [version, name, checksum]);
    }
    return { applied: pending.map(({ name }) => name), unchanged: applied.length };
  });
}
