import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Migration, planMigrations, readMigrations } from "./migrations.ts";

function file(version: number, checksum = "sum"): Migration {
  return { version, name: `000${version}_x.sql`, checksum, sql: "SELECT 1" };
}

describe("planMigrations", () => {
  it("gives what is missing, in the order of the numbers", () => {
    expect(planMigrations([file(3), file(1), file(2)], [file(1)]).map(({ version }) => version)).toEqual([2, 3]);
    expect(planMigrations([file(1)], [file(1)])).toEqual([]);
  });

  it("refuses a changed file, two files with one number, and a database it does not know", () => {
    expect(() => planMigrations([file(1, "other")], [file(1)])).toThrow("0001_x.sql was changed after it had been applied");
    expect(() => planMigrations([file(1), file(1)], [])).toThrow("two migrations have number 1");
    expect(() => planMigrations([], [file(4)])).toThrow("written by a newer version");
  });
});

describe("readMigrations", () => {
  it("reads the numbered files in order, with a checksum that line ends do not change", async () => {
    const dir = await mkdtemp(join(tmpdir(), "bellwether-test-"));
    await writeFile(join(dir, "0002_b.sql"), "SELECT\r\n2");
    await writeFile(join(dir, "0001_a.sql"), "SELECT\n2");
    await writeFile(join(dir, "README.md"), "not SQL");
    const [first, second] = await readMigrations(dir);
    expect([first?.name, second?.name]).toEqual(["0001_a.sql", "0002_b.sql"]);
    expect(first?.checksum).toBe(second?.checksum);
    await writeFile(join(dir, "3_c.sql"), "");
    await expect(readMigrations(dir)).rejects.toThrow("found 3_c.sql");
    await rm(dir, { recursive: true });
  });
});
