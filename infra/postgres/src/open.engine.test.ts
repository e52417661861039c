import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { sqlFailureOf } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { openPostgres, type Postgres } from "./open.ts";
import { openTestPostgres, removeTestDir } from "./testing.ts";

const number = z.object({ n: z.number() });
const opened: { db: Postgres; dir: string }[] = [];

async function open(dir?: string): Promise<{ db: Postgres; dir: string }> {
  const home = dir ?? (await mkdtemp(join(tmpdir(), "bellwether-test-postgres-")));
  const entry = { db: await openPostgres({ kind: "embedded", dir: home }), dir: home };
  opened.push(entry);
  return entry;
}
afterEach(async () => {
  for (const { db } of opened) await db.close();
  for (const { dir } of opened.splice(0)) await removeTestDir(dir);
});

async function serverPid(dir: string): Promise<number> {
  return Number((await readFile(join(dir, "data", "postmaster.pid"), "utf8")).split("\n", 1)[0]);
}

/** Whether a server has the data directory: it removes its pid file as the last thing it does. */
async function isRunning(dir: string): Promise<boolean> {
  return stat(join(dir, "data", "postmaster.pid")).then(
    () => true,
    () => false,
  );
}

describe("the embedded PostgreSQL", () => {
  it("keeps its data and its password over a restart, for the owner's eyes only", async () => {
    const { db, dir } = await open();
    await db.execute("CREATE TABLE kept (n integer); INSERT INTO kept VALUES (7)");
    const password = await readFile(join(dir, "password"), "utf8");
    expect(await isRunning(dir)).toBe(true);
    await db.close();
    expect(await isRunning(dir)).toBe(false);
    expect((await stat(join(dir, "password"))).mode & 0o777).toBe(0o600);
    expect(password.length).toBeGreaterThan(40);

    const again = await open(dir);
    expect(await again.db.query("SELECT n FROM kept", [], number)).toEqual([{ n: 7 }]);
    expect(await readFile(join(dir, "password"), "utf8")).toBe(password);
  });

  it("listens on the loopback interface only and asks for the password", async () => {
    const { db, dir } = await open();
    expect(
      await db.query(
        "SELECT setting FROM pg_settings WHERE name IN ('listen_addresses', 'unix_socket_directories') ORDER BY name",
        [],
        z.unknown(),
      ),
    ).toEqual([{ setting: "127.0.0.1" }, { setting: "" }]);
    const port = (await readFile(join(dir, "data", "postmaster.pid"), "utf8")).split("\n")[3];
    await expect(
      openPostgres({ kind: "server", url: `postgres://bellwether:wrong-word@127.0.0.1:${port}/postgres` }),
    ).rejects.toMatchObject({
      code: "store_unavailable",
      retryable: false,
      message: expect.stringMatching(/^opening PostgreSQL at 127\.0\.0\.1:\d+\/postgres: (?!.*wrong-word).*28P01/),
    });
  });

  it("is stopped by its guard when its process is killed, and opens again with all that was committed", async () => {
    const { db, dir } = await open();
    await db.close();
    const script = `
      import { openPostgres } from ${JSON.stringify(join(import.meta.dirname, "open.ts"))};
      const db = await openPostgres({ kind: "embedded", dir: ${JSON.stringify(dir)} });
      await db.execute("CREATE TABLE survived (n integer); INSERT INTO survived VALUES (1)");
      process.stdout.write("open");
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(owner.stdout, "data");
    await expect(openPostgres({ kind: "embedded", dir })).rejects.toMatchObject({
      code: "home_locked",
      message: expect.stringContaining(`process ${owner.pid}`),
    });
    owner.kill("SIGKILL");
    await once(owner, "exit");
    await expect.poll(() => isRunning(dir), { timeout: 20_000 }).toBe(false);
    expect(await (await open(dir)).db.query("SELECT n FROM survived", [], number)).toEqual([{ n: 1 }]);
  });

  it("recovers from a server that was killed, and from a pid file whose number another process has now", async () => {
    const { db, dir } = await open();
    await db.execute("CREATE TABLE survived (n integer); INSERT INTO survived VALUES (1)");
    const pidFile = join(dir, "data", "postmaster.pid");
    const text = await readFile(pidFile, "utf8");
    process.kill(await serverPid(dir), "SIGKILL");
    await db.close();
    // This test's own process: alive, and no PostgreSQL.
    await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)));
    expect(await (await open(dir)).db.query("SELECT n FROM survived", [], number)).toEqual([{ n: 1 }]);
  });

  it("starts over when its initialisation was cut short", async () => {
    const dir = await mkdtemp(join(tmpdir(), "bellwether-test-postgres-"));
    await mkdir(join(dir, "data.new", "base"), { recursive: true });
    expect(await (await open(dir)).db.version()).toMatch(/^18\./);
  });

  it("works below a folder that is closed to everybody else", async () => {
    const outer = await mkdtemp(join(tmpdir(), "bellwether-test-private-"));
    await chmod(outer, 0o700);
    const { db } = await open(join(outer, "test-home"));
    expect(await db.version()).toMatch(/^18\./);
    expect((await stat(outer)).mode & 0o777).toBe(0o700);
    await db.close();
    await removeTestDir(outer);
  });
});

describe("statements", () => {
  it("checks rows, reads bigint as number, date as text, times as Date, and json as its value", async () => {
    const { db } = await open();
    const row = z.object({ n: z.number(), day: z.string(), at: z.date(), json: z.object({ a: z.number() }), list: z.array(z.string()) });
    const sql =
      "SELECT $1::bigint AS n, '2024-03-05'::date AS day, '2024-03-05T01:02:03Z'::timestamptz AS at, '{\"a\":1}'::jsonb AS json, $2::text[] AS list";
    expect(await db.query(sql, [5, ["it's", "\n"]], row)).toEqual([
      { n: 5, day: "2024-03-05", at: new Date("2024-03-05T01:02:03Z"), json: { a: 1 }, list: ["it's", "\n"] },
    ]);
    await expect(db.query("SELECT 'x' AS n", [], number)).rejects.toMatchObject({
      code: "store_rejected",
      message: expect.stringContaining("0.n"),
    });
  });

  it("commits a transaction as a whole, or nothing of it", async () => {
    const { db } = await open();
    await db.execute("CREATE TABLE t (n integer PRIMARY KEY)");
    expect(await db.transaction(async (tx) => tx.execute("INSERT INTO t VALUES (1), (2)"))).toBe(2);
    await expect(
      db.transaction(async (tx) => {
        await tx.execute("INSERT INTO t VALUES ($1)", [3]);
        throw new Error("changed my mind");
      }),
    ).rejects.toThrow("changed my mind");
    expect(await db.query("SELECT count(*) AS n FROM t", [], number)).toEqual([{ n: 2 }]);
  });

  it("names the constraint but not the row, and keeps the row out of PostgreSQL's own log", async () => {
    const { db, dir } = await open();
    await db.execute("CREATE TABLE people (address text CONSTRAINT one_each UNIQUE); INSERT INTO people VALUES ('secret@example.com')");
    const error = await db.execute("INSERT INTO people VALUES ($1)", ["secret@example.com"]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "store_rejected", retryable: false });
    expect(sqlFailureOf(error)).toEqual({ sqlState: "23505", constraint: "one_each", table: "people" });
    expect(JSON.stringify(error) + String(error)).not.toContain("secret@");
    const cast = await db.query("SELECT $1::text::integer AS n", ["secret@example.com"], number).catch((reason: unknown) => reason);
    expect(String(cast)).not.toContain("secret@");
    expect(await readFile(join(dir, "data", "server.log"), "utf8")).toContain("one_each");
    expect(await readFile(join(dir, "data", "server.log"), "utf8")).not.toMatch(/Key \(address\)/);
  });

  it("makes conflicts and lost connections retryable", async () => {
    const { db } = await open();
    await db.execute("CREATE TABLE c (n integer); INSERT INTO c VALUES (1)");
    const bump = (wait: Promise<void>, ready: () => void) =>
      db.transaction(
        async (tx) => {
          await tx.query("SELECT n FROM c", [], number);
          ready();
          await wait;
          await tx.execute("UPDATE c SET n = n + 1");
        },
        { isolation: "serializable" },
      );
    let readers = 0;
    let go: () => void = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    const ready = () => {
      readers += 1;
      if (readers === 2) go();
    };
    const outcomes = await Promise.allSettled([bump(wait, ready), bump(wait, ready)]);
    const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toMatchObject({ code: "store_rejected", retryable: true });
    expect(sqlFailureOf(failures[0])?.sqlState).toBe("40001");

    const lost = db.transaction(async (tx) => {
      const [backend] = await tx.query("SELECT pg_backend_pid() AS n", [], number);
      await db.execute("SELECT pg_terminate_backend($1)", [backend?.n]);
      await tx.execute("SELECT 1");
    });
    await expect(lost).rejects.toMatchObject({ code: "store_unavailable", retryable: true });
    expect(await db.query("SELECT n FROM c", [], number)).toEqual([{ n: 2 }]);
  });

  it("says on one line which server did not answer", async () => {
    await expect(openPostgres({ kind: "server", url: "postgres://u:hidden-word@127.0.0.1:1/d" })).rejects.toMatchObject({
      code: "store_unavailable",
      retryable: true,
      message: expect.stringMatching(/^opening PostgreSQL at 127\.0\.0\.1:1\/d: [^\n]*ECONNREFUSED(?!.*hidden-word)/),
    });
  });
});

describe("migrate", () => {
  it("applies every file once, also when two programs start together", async () => {
    const { db } = await open();
    const [first, second] = await Promise.all([migrate(db), migrate(db)]);
    expect([first.applied.length, second.applied.length].sort()).toEqual([0, first.applied.length + second.applied.length].sort());
    expect((await migrate(db)).applied).toEqual([]);
  });

  it("applies all pending files or none", async () => {
    const { db } = await open();
    const dir = await mkdtemp(join(tmpdir(), "bellwether-test-migrations-"));
    await writeFile(join(dir, "0001_good.sql"), "CREATE TABLE good (n integer)");
    await writeFile(join(dir, "0002_bad.sql"), "CREATE TABLE bad (n nonsense)");
    await expect(migrate(db, dir)).rejects.toMatchObject({ code: "store_rejected" });
    expect(await db.query("SELECT count(*) AS n FROM pg_tables WHERE tablename = 'good'", [], number)).toEqual([{ n: 0 }]);
    await removeTestDir(dir);
  });
});

describe("openTestPostgres", () => {
  it("gives a migrated database and removes it", async () => {
    const { db, dir, close } = await openTestPostgres();
    expect(await db.query("SELECT count(*) AS n FROM schema_migrations", [], number)).toEqual([{ n: expect.any(Number) }]);
    await close();
    await expect(stat(dir)).rejects.toThrow("ENOENT");
  });

  it("refuses to remove a directory that is not a test's", async () => {
    await expect(removeTestDir("/var/lib/production")).rejects.toThrow('does not contain "test"');
  });
});
