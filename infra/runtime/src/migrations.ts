import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { BellwetherError } from "@bellwether/contracts/errors";

/** One numbered SQL file. `checksum` is the SHA-256 of its text with Unix line ends, in hex. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
  readonly sql: string;
}

/** What a database remembers of a migration it has applied. */
export interface AppliedMigration {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

/** What `migrate` did: names of the files applied now, and how many had been applied before. */
export interface MigrationReport {
  readonly applied: readonly string[];
  readonly unchanged: number;
}

const FILE_NAME = /^(\d{4})_[a-z0-9_]+\.sql$/;

function conflict(message: string): BellwetherError {
  return new BellwetherError("migration_conflict", message, { retryable: false });
}

function toMigration(name: string, text: string): Migration {
  const number = FILE_NAME.exec(name)?.[1];
  if (number === undefined) throw conflict(`expected migrations named 0001_what.sql, found ${name}`);
  const sql = text.replaceAll("\r\n", "\n");
  return { version: Number(number), name, checksum: createHash("sha256").update(sql).digest("hex"), sql };
}

/** Reads every `.sql` file of a folder, in the order of their numbers. */
export async function readMigrations(dir: string): Promise<readonly Migration[]> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(names.map(async (name) => toMigration(name, await readFile(join(dir, name), "utf8"))));
}

/**
 * The migrations still to apply, in order. Throws `migration_conflict` when two files share a number, when the file of
 * an applied migration has changed, or when the database knows a migration this program does not (it is newer).
 */
export function planMigrations(files: readonly Migration[], applied: readonly AppliedMigration[]): readonly Migration[] {
  const byVersion = new Map<number, Migration>();
  for (const file of files) {
    const twin = byVersion.get(file.version);
    if (twin !== undefined) throw conflict(`two migrations have number ${file.version}: ${twin.name} and ${file.name}`);
    byVersion.set(file.version, file);
  }
  for (const done of applied) {
    const file = byVersion.get(done.version);
    if (file === undefined)
      throw conflict(`the database has ${done.name}, which this program does not know: it was written by a newer version`);
    if (file.checksum !== done.checksum) throw conflict(`${file.name} was changed after it had been applied; add a new migration instead`);
  }
  const versions = new Set(applied.map(({ version }) => version));
  return [...byVersion.values()].filter(({ version }) => !versions.has(version)).sort((a, b) => a.version - b.version);
}
