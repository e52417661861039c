import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { migrate } from "./migrate.ts";
import { encodeNative } from "./native.ts";
import { openStore } from "./open.ts";
import type { ColumnStore } from "./store.ts";
import { removeTestDir } from "./testing.ts";

const counted = z.object({ n: z.number() });
const VEHICLE = {
  vin: "LTEST000000000001",
  model: "m",
  chemistry: "lfp",
  nominal_ah: 100.5,
  cells: 96,
  built_on: "2020-01-02",
  region: "x",
  revision: 1,
};
const FINDING_TIME = "2024-05-06T07:08:09.123Z";

const opened: { store: ColumnStore; dir: string }[] = [];
async function open(dir?: string): Promise<{ store: ColumnStore; dir: string }> {
  const home = dir ?? (await mkdtemp(join(tmpdir(), "bellwether-test-store-")));
  const entry = { store: await openStore({ kind: "embedded", dir: home }), dir: home };
  opened.push(entry);
  return entry;
}
afterEach(async () => {
  for (const { store } of opened) await store.close();
  for (const { dir } of opened.splice(0)) await removeTestDir(dir);
});

async function count(store: ColumnStore, table: string): Promise<number> {
  const [row] = await store.query(`SELECT count() AS n FROM ${table}`, counted);
  return row?.n ?? -1;
}

describe("the embedded store", () => {
  it("stores a block once however often its token comes, also after it was opened again", async () => {
    const { store, dir } = await open();
    await migrate(store);
    const block = encodeNative([
      { name: "log_topic", type: "String", values: ["t", "t"] },
      { name: "log_offset", type: "UInt64", values: [1, 2] },
      { name: "received_time", type: "DateTime64(3, 'UTC')", values: [Date.parse(FINDING_TIME), 0] },
    ]);
    const insert = (target: ColumnStore, token: string) =>
      target.insertNative("rejected_records", ["log_topic", "log_offset", "received_time"], block, { token });
    await insert(store, "t:0:1-2");
    await insert(store, "t:0:1-2");
    expect(await count(store, "rejected_records")).toBe(2);
    await store.close();

    const again = await open(dir);
    await insert(again.store, "t:0:1-2");
    expect(await count(again.store, "rejected_records")).toBe(2);
    await insert(again.store, "t:0:3-4");
    expect(await count(again.store, "rejected_records")).toBe(4);
    expect(await again.store.query("SELECT max(received_time) AS at FROM rejected_records", z.object({ at: z.iso.datetime() }))).toEqual([
      { at: FINDING_TIME },
    ]);
  });

  it("inserts objects with ISO times, once per token, and nothing for no rows", async () => {
    const { store } = await open();
    await migrate(store);
    await store.insertRows("vehicles", [VEHICLE], { token: "a" });
    await store.insertRows("vehicles", [VEHICLE], { token: "a" });
    await store.insertRows("vehicles", [], { token: "b" });
    expect(await count(store, "vehicles")).toBe(1);
    const label = {
      id: "1",
      vin: VEHICLE.vin,
      component: "battery",
      outcome: "confirmed",
      given_by: "x",
      at: FINDING_TIME,
      note: "",
      revision: 1,
    };
    await store.insertRows("labels", [label], { token: "l" });
    expect(await store.query("SELECT at FROM labels", z.object({ at: z.string() }))).toEqual([{ at: FINDING_TIME }]);
  });

  it("rejects rows with unknown columns, rows of the wrong shape and names that are not names", async () => {
    const { store } = await open();
    await migrate(store);
    await expect(store.insertRows("vehicles", [{ ...VEHICLE, colour: "SECRET" }], { token: "a" })).rejects.toMatchObject({
      code: "store_rejected",
      message: expect.not.stringContaining("SECRET"),
    });
    await expect(store.insertRows("vehicles; DROP TABLE labels", [VEHICLE], { token: "a" })).rejects.toThrow("table or column name");
    await expect(store.query("SELECT 'x' AS n", counted)).rejects.toMatchObject({
      code: "store_rejected",
      message: expect.stringContaining("0.n"),
    });
  });

  it("uses the engine configuration of the project", async () => {
    const { store } = await open();
    const [row] = await store.query(
      "SELECT toUInt32(value) AS n FROM system.merge_tree_settings WHERE name = 'non_replicated_deduplication_window'",
      counted,
    );
    expect(row?.n).toBe(10_000);
  });

  it("ends a query in the engine when its signal fires", async () => {
    const { store } = await open();
    const stop = new AbortController();
    const endless = store.query("SELECT sum(cityHash64(number)) AS n FROM numbers_mt(1000000000000)", counted, { signal: stop.signal });
    const running = () => store.query("SELECT count() AS n FROM system.processes WHERE query LIKE '%numbers_mt%'", counted);
    // Itself and the endless one.
    await expect.poll(async () => (await running())[0]?.n).toBe(2);
    stop.abort(new Error("enough"));
    await expect(endless).rejects.toThrow("enough");
    expect(await running()).toEqual([{ n: 1 }]);
    const late = store.query("SELECT 1 AS n", counted, { signal: stop.signal });
    await expect(late).rejects.toThrow("enough");
  });

  it("says in one line that another process holds the directory", async () => {
    const { dir, store } = await open();
    await store.close();
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, "open.ts"))};
      await openStore({ kind: "embedded", dir: ${JSON.stringify(dir)} });
      process.stdout.write("open");
      setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(holder.stdout, "data");
    await expect(openStore({ kind: "embedded", dir })).rejects.toMatchObject({
      code: "home_locked",
      message: expect.stringMatching(/^[^\n]*is held by process[^\n]*$/),
    });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    // A killed holder leaves neither a lock nor files in the way.
    expect(await (await open(dir)).store.version()).toMatch(/^\d+\./);
  });

  it("refuses a second directory in the same process", async () => {
    const { dir } = await open();
    await expect(openStore({ kind: "embedded", dir: `${dir}-other-test` })).rejects.toMatchObject({ code: "home_locked" });
    await removeTestDir(`${dir}-other-test`);
  });
});

describe("removeTestDir", () => {
  it("refuses a directory that is not a test's", async () => {
    await expect(removeTestDir("/var/lib/production")).rejects.toThrow('does not contain "test"');
  });
});
