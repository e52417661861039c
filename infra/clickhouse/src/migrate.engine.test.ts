import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnOf, columnTypeOf, SIGNAL_NAMES } from "@bellwether/contracts/signals";
import { readMigrations } from "@bellwether/runtime/migrations";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { applyMigration, migrate } from "./migrate.ts";
import { TABLES } from "./tables.ts";
import { openTestStore, type TestStore } from "./testing.ts";

const MIGRATIONS = join(import.meta.dirname, "..", "migrations");
const columnSchema = z.object({ table: z.string(), name: z.string(), type: z.string() });

let test: TestStore;
let columns: z.infer<typeof columnSchema>[];
beforeAll(async () => {
  test = await openTestStore();
  columns = await test.store.query(
    `SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND default_kind NOT IN ('MATERIALIZED', 'ALIAS')
       AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree') ORDER BY table, position`,
    columnSchema,
  );
});
afterAll(() => test?.close());

function columnsOf(table: string): ReadonlyMap<string, string> {
  return new Map(columns.filter((column) => column.table === table).map(({ name, type }) => [name, type]));
}

/** A value of a ClickHouse type as JSONEachRow shows it. */
function exampleOf(type: string): unknown {
  const inner = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) return exampleOf(inner);
  if (type.startsWith("DateTime")) return "2024-05-06T07:08:09.123Z";
  if (type === "Date") return "2024-05-06";
  if (type === "Bool") return true;
  if (type.startsWith("Array(")) return [exampleOf(type.slice(6, -1))];
  if (type.startsWith("Map(")) return { text: exampleOf(type.slice(type.lastIndexOf(",") + 2, -1)) };
  return type === "String" ? "text" : 1;
}

describe("the migrated schema", () => {
  it("has a telemetry column of the right type for every signal of the catalogue, and no column that is not one", () => {
    const telemetry = columnsOf("telemetry");
    const ofEnvelope = [
      "vin",
      "event_time",
      "part",
      "received_time",
      "format",
      "is_reissue",
      "log_topic",
      "log_partition",
      "log_offset",
      "extra",
      "quality",
    ];
    const ofCatalogue = SIGNAL_NAMES.map((name): [string, string] => [columnOf(name), columnTypeOf(name)]);
    expect(Object.fromEntries([...telemetry].filter(([name]) => !ofEnvelope.includes(name)))).toEqual(Object.fromEntries(ofCatalogue));
    expect([...telemetry.keys()]).toEqual(expect.arrayContaining(ofEnvelope));
  });

  it("has exactly the tables and columns of the row schemas", () => {
    const live = new Set(columns.map(({ table }) => table).filter((table) => table !== "telemetry" && table !== "schema_migrations"));
    expect([...live].sort()).toEqual(Object.keys(TABLES).sort());
    for (const [table, row] of Object.entries(TABLES)) expect([...columnsOf(table).keys()], table).toEqual(Object.keys(row.shape));
  });

  const fields = Object.entries(TABLES).flatMap(([table, row]) =>
    Object.entries<z.ZodType>(row.shape).map(([name, field]) => ({ path: `${table}.${name}`, table, name, field })),
  );

  it.each(fields)("has a type for $path that its row schema accepts, and NULL only where it does", ({ table, name, field }) => {
    const type = columnsOf(table).get(name) ?? "";
    const options = field instanceof z.ZodEnum ? field.options : null;
    expect(field.safeParse(null).success, type).toBe(type.startsWith("Nullable("));
    if (type.includes("Enum8")) expect(options).toEqual([...type.matchAll(/'([^']*)' = /g)].map(([, member]) => member));
    else expect(field.safeParse(options?.[0] ?? exampleOf(type)).success, type).toBe(true);
  });

  it("keeps a deduplication window in every table", async () => {
    const tables = await test.store.query(
      "SELECT name, engine_full FROM system.tables WHERE database = currentDatabase() AND engine != 'MaterializedView' AND name != 'schema_migrations'",
      z.object({ name: z.string(), engine_full: z.string() }),
    );
    for (const { name, engine_full } of tables) expect(engine_full, name).toContain("non_replicated_deduplication_window");
  });
});

describe("migrate", () => {
  it("applies nothing the second time", async () => {
    const files = await readMigrations(MIGRATIONS);
    expect(await migrate(test.store)).toEqual({ applied: [], unchanged: files.length });
  });

  it("has only statements that may run again", async () => {
    for (const file of await readMigrations(MIGRATIONS)) {
      await applyMigration(test.store, file);
      await applyMigration(test.store, file);
    }
  });

  it("refuses a changed file and a database that is newer than the program, and names the file", async () => {
    const dir = await mkdtemp(join(tmpdir(), "bellwether-test-migrations-"));
    await cp(MIGRATIONS, dir, { recursive: true });
    await writeFile(join(dir, "0001_telemetry.sql"), "CREATE TABLE IF NOT EXISTS other (n UInt8) ENGINE = Memory");
    await expect(migrate(test.store, dir)).rejects.toMatchObject({
      code: "migration_conflict",
      message: expect.stringContaining("0001_telemetry.sql"),
    });
    await rm(join(dir, "0001_telemetry.sql"));
    await expect(migrate(test.store, dir)).rejects.toMatchObject({
      code: "migration_conflict",
      message: expect.stringContaining("0001_telemetry.sql"),
    });
    await rm(dir, { recursive: true });
  });

  it("continues with a file that failed half-way", async () => {
    const dir = await mkdtemp(join(tmpdir(), "bellwether-test-migrations-"));
    await cp(MIGRATIONS, dir, { recursive: true });
    const file = join(dir, "9998_half.sql");
    await writeFile(file, "CREATE TABLE IF NOT EXISTS half (n UInt8) ENGINE = Memory; CREATE TABLE broken (n Nonsense) ENGINE = Memory;");
    await expect(migrate(test.store, dir)).rejects.toMatchObject({ code: "store_rejected" });
    await writeFile(
      file,
      "CREATE TABLE IF NOT EXISTS half (n UInt8) ENGINE = Memory; CREATE TABLE IF NOT EXISTS whole (n UInt8) ENGINE = Memory;",
    );
    expect((await migrate(test.store, dir)).applied).toEqual(["9998_half.sql"]);
    await rm(dir, { recursive: true });
  });
});
