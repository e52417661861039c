import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { type BaseQueryParams, ClickHouseError, createClient } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createChdbConnection } from "./chdbConnection.ts";
import { encodeNative } from "./native.ts";
import { createSpool, type Spool } from "./spool.ts";
import { openTestStore, type TestStore } from "./testing.ts";

let test: TestStore;
let spool: Spool;
let client: ReturnType<typeof createClient>;
beforeAll(async () => {
  test = await openTestStore();
  spool = await createSpool(join(test.dir));
  client = createClient({ connection: createChdbConnection({ dir: test.dir, spool }) });
});
afterAll(async () => {
  await client?.close();
  await spool?.close();
  await test?.close();
});

async function rows(query: string, options: BaseQueryParams = {}): Promise<unknown[]> {
  const result = await client.query({ ...options, query, format: "JSONEachRow" });
  return result.json<unknown>();
}

async function storedBytes(table: string): Promise<string[]> {
  return (await rows(`SELECT hex(s) AS h FROM ${table} ORDER BY id`)).map((row) => String(Object.values(Object(row))[0]).toLowerCase());
}

/** Column of raw bytes: the encoder takes text, so the block is written by hand. */
function bytesBlock(values: readonly Buffer[]): Buffer {
  const header = encodeNative([{ name: "id", type: "UInt32", values: values.map((_, id) => id) }]);
  header[0] = 2;
  const lengths = values.map((value) => {
    const bytes: number[] = [];
    for (let rest = value.length; ; rest >>= 7) {
      bytes.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
      if (rest <= 0x7f) return Buffer.concat([Buffer.from(bytes), value]);
    }
  });
  return Buffer.concat([header, Buffer.from("\x01s\x06String"), ...lengths]);
}

describe("the connection to chDB", () => {
  it("forgets a request's settings", async () => {
    const threads = "SELECT getSetting('max_threads') AS n";
    const before = await rows(threads);
    expect(await rows(threads, { clickhouse_settings: { max_threads: 1 } })).toEqual([{ n: 1 }]);
    expect(await rows(threads)).toEqual(before);
    await expect(rows("SELECT {x:String}", { query_params: { y: "1" } })).rejects.toMatchObject({ type: "UNKNOWN_QUERY_PARAMETER" });
    expect(await rows("SELECT {x:String} AS x", { query_params: { x: "1" } })).toEqual([{ x: "1" }]);
    await expect(rows("SELECT {x:String} AS x")).rejects.toMatchObject({ type: "UNKNOWN_QUERY_PARAMETER" });
  });

  it("carries nothing over from statements that changed their session, failed, or had the same names", async () => {
    const seen = "SELECT getSetting('max_threads') AS n, {x:UInt8} AS x";
    const ask = (x: number) => rows(seen, { query_params: { x }, clickhouse_settings: { max_threads: 3 } });
    const before = await rows("SELECT getSetting('max_block_size') AS n");
    await client.command({ query: "SET max_block_size = 77" });
    expect(await rows("SELECT getSetting('max_block_size') AS n")).toEqual(before);
    expect(await Promise.all([1, 2, 3].map(ask))).toEqual([1, 2, 3].map((x) => [{ n: 3, x }]));
    await expect(
      rows("SELECT throwIf({x:UInt8} = 9)", { query_params: { x: 9 }, clickhouse_settings: { max_threads: 3 } }),
    ).rejects.toThrow();
    expect(await ask(4)).toEqual([{ n: 3, x: 4 }]);
    expect(await rows("SELECT {x:UInt8} AS x", { query_params: { x: 5 }, clickhouse_settings: { max_threads: 2 } })).toEqual([{ x: 5 }]);
  });

  it("does not carry a deduplication token to the next insert", async () => {
    await client.command({ query: "CREATE TABLE tokens (n UInt32) ENGINE = MergeTree ORDER BY n" });
    const insert = (n: number, token?: string) =>
      client.insert({
        table: "tokens",
        values: [{ n }],
        format: "JSONEachRow",
        ...(token === undefined ? {} : { clickhouse_settings: { insert_deduplication_token: token } }),
      });
    await insert(1, "t");
    await insert(2);
    await insert(3, "t");
    expect(await rows("SELECT n FROM tokens ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it("stores binary bodies byte for byte, blank lines included", async () => {
    await client.command({ query: "CREATE TABLE bytes (id UInt32, s String) ENGINE = MergeTree ORDER BY id" });
    const values = [
      Buffer.from("\n\n"),
      Buffer.from([0x0a, 0x0a, 0x00, 0xff, 0x0d, 0x0a, 0x0d, 0x0a]),
      Buffer.from("';\n\nSELECT 1;\n-- \\"),
      Buffer.alloc(0),
      ...Array.from({ length: 50 }, () => randomBytes(300)),
      Buffer.alloc(70_000, 0x0a),
    ];
    const block = bytesBlock(values);
    // In several chunks, cut anywhere: the body must be put together again.
    const chunks = [block.subarray(0, 7), block.subarray(7, 1000), block.subarray(1000)];
    await client.exec({ query: "INSERT INTO bytes (id, s) FORMAT Native", values: Readable.from(chunks, { objectMode: false }) });
    expect(await storedBytes("bytes")).toEqual(values.map((value) => value.toString("hex")));
  });

  it("binds text, numbers, lists, maps and dates without touching the statement", async () => {
    const hostile = "'; DROP TABLE bytes; --\n\t\r\0\\ \\N {x:String} 电池 🔋";
    const query =
      "SELECT {s:String} AS s, {n:Nullable(Int64)} AS n, {b:Bool} AS b, {l:Array(Nullable(String))} AS l, {m:Map(String, Float64)} AS m, {d:DateTime64(3, 'UTC')} AS d";
    const query_params = {
      s: hostile,
      n: null,
      b: true,
      l: [hostile, null, ""],
      m: { [hostile]: 1.5 },
      d: new Date("2024-05-06T07:08:09.123Z"),
    };
    expect(await rows(query, { query_params, clickhouse_settings: { date_time_output_format: "iso" } })).toEqual([
      { s: hostile, n: null, b: true, l: [hostile, null, ""], m: { [hostile]: 1.5 }, d: "2024-05-06T07:08:09.123Z" },
    ]);
  });

  it("runs requests at once, parameterised ones too, and none sees another's parameters", async () => {
    const sleepers = Array.from({ length: 4 }, (_, i) => ({ query: "SELECT {i:UInt8} AS i, sleep(0.5) AS z", query_params: { i } }));
    const startedAt = performance.now();
    const answers = await Promise.all(sleepers.map(({ query, query_params }) => rows(query, { query_params })));
    const together = performance.now() - startedAt;
    expect(answers.flat()).toEqual(sleepers.map(({ query_params }) => ({ ...query_params, z: 0 })));
    // One after the other they cannot take less than the sum of their sleeps.
    expect(together).toBeLessThan(4 * 500);
  });

  it("keeps many parallel requests apart", async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => rows("SELECT {i:UInt32} AS i, {s:String} AS s", { query_params: { i, s: `v${i}` } })),
    );
    expect(answers.flat()).toEqual(Array.from({ length: 200 }, (_, i) => ({ i, s: `v${i}` })));
  });

  it("reports errors as ClickHouse does over HTTP", async () => {
    const error = await rows("SELECT * FROM no_such_table").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ClickHouseError);
    expect(error).toMatchObject({ code: "60", type: "UNKNOWN_TABLE" });
    await expect(client.command({ query: "SELEC 1" })).rejects.toMatchObject({ code: "62", type: "SYNTAX_ERROR" });
  });

  it("ends a statement at max_execution_time and an aborted request at once", async () => {
    await expect(rows("SELECT sleep(3)", { clickhouse_settings: { max_execution_time: 1 } })).rejects.toMatchObject({
      type: "TIMEOUT_EXCEEDED",
    });
    const aborter = new AbortController();
    const request = rows("SELECT sleep(1)", { abort_signal: aborter.signal });
    aborter.abort();
    await expect(request).rejects.toThrow("aborted");
    await expect(rows("SELECT 1", { abort_signal: aborter.signal })).rejects.toThrow("aborted");
  });

  it("pings, answers command and exec, and takes an empty body for nothing to do", async () => {
    expect(await client.ping()).toEqual({ success: true });
    const { stream } = await client.exec({ query: "SELECT 7 FORMAT TabSeparated" });
    expect(Buffer.concat(await stream.toArray()).toString()).toBe("7\n");
    await client.exec({ query: "INSERT INTO bytes (id, s) FORMAT Native", values: Readable.from([]) });
  });

  it("leaves no insert body behind, neither after success nor after failure", async () => {
    const values = Readable.from([Buffer.from("not a native block")], { objectMode: false });
    await expect(client.exec({ query: "INSERT INTO bytes (id, s) FORMAT Native", values })).rejects.toBeInstanceOf(ClickHouseError);
    const places = (await readFile(join(test.dir, "bellwether-spool.json"), "utf8")).split("\n");
    expect((await Promise.all(places.map((place) => readdir(place)))).flat()).toEqual([]);
  });

  it("finishes running requests before it closes and takes none afterwards", async () => {
    const other = createClient({ connection: createChdbConnection({ dir: test.dir, spool }) });
    const running = other.query({ query: "SELECT 1 AS n, sleep(0.3) AS z", format: "JSONEachRow" });
    await other.close();
    expect(await (await running).json()).toEqual([{ n: 1, z: 0 }]);
    await expect(other.command({ query: "SELECT 1" })).rejects.toThrow("closed");
    expect(await other.ping()).toMatchObject({ success: false });
  });
});
