import { migrate as migrateStore } from "@bellwether/clickhouse/migrate";
import { openStore } from "@bellwether/clickhouse/open";
import { migrate as migratePostgres } from "@bellwether/postgres/migrate";
import { openPostgres } from "@bellwether/postgres/open";
import type { Command } from "commander";
import { postgresConfig, storeConfig } from "../platform.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

/** `bellwether migrate`: brings both databases to the present schema. */
export function addMigrate(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("migrate"))
    .description("apply the numbered migrations of ClickHouse and PostgreSQL")
    .action((_options, command: Command) => runCommand(command, exit, migrate));
}

async function migrate(session: Session): Promise<undefined> {
  const store = await openStore(storeConfig(session.config, session.home));
  try {
    session.out.record({ database: "clickhouse", ...(await migrateStore(store)) });
  } finally {
    await store.close();
  }
  const db = await openPostgres(postgresConfig(session.config, session.home));
  try {
    session.out.record({ database: "postgres", ...(await migratePostgres(db)) });
  } finally {
    await db.close();
  }
  return undefined;
}
