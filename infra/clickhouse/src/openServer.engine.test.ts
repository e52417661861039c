import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ClickHouseError } from "@clickhouse/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createChdbConnection } from "./chdbConnection.ts";
import { migrate } from "./migrate.ts";
import { encodeNative } from "./native.ts";
import { openStore } from "./open.ts";
import { createSpool, type Spool } from "./spool.ts";
import type { ColumnStore } from "./store.ts";
import { openTestStore, type TestStore } from "./testing.ts";

/** ClickHouse's HTTP interface in front of the embedded engine, as far as the store uses it: the same engine, the real client. */
function createFront(connection: ReturnType<typeof createChdbConnection>, password: string): Server {
  const NOT_SETTINGS = new Set(["query", "query_id", "database", "enable_http_compression"]);
  async function answer(request: IncomingMessage): Promise<Buffer> {
    const { searchParams } = new URL(request.url ?? "/", "http://front");
    const expected = `Basic ${Buffer.from(`user:${password}`).toString("base64")}`;
    if (request.headers.authorization !== expected) {
      throw new ClickHouseError({ code: "516", type: "AUTHENTICATION_FAILED", message: "user: Authentication failed. " });
    }
    const body = Buffer.concat(await request.toArray());
    const clickhouse_settings = Object.fromEntries([...searchParams].filter(([name]) => !NOT_SETTINGS.has(name)));
    const query = searchParams.get("query");
    const { stream } = await connection.exec(
      query === null
        ? { query: body.toString(), clickhouse_settings }
        : { query, clickhouse_settings, ...(body.length === 0 ? {} : { values: Readable.from([body]) }) },
    );
    return Buffer.concat(await stream.toArray());
  }
  return createServer((request, response) => {
    answer(request).then(
      (body) => response.writeHead(200, { "x-clickhouse-format": "JSONEachRow" }).end(body),
      (error: unknown) => {
        const text =
          error instanceof ClickHouseError ? `Code: ${error.code}. DB::Exception: ${error.message} (${error.type})` : String(error);
        response.writeHead(500, { "x-clickhouse-exception-code": "1" }).end(text);
      },
    );
  });
}

let test: TestStore;
let spool: Spool;
let front: Server;
let url: string;
let store: ColumnStore;
beforeAll(async () => {
  test = await openTestStore();
  spool = await createSpool(join(test.dir));
  front = createFront(createChdbConnection({ dir: test.dir, spool }), "secret").listen(0, "127.0.0.1");
  await once(front, "listening");
  const address = front.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  store = await openStore({ kind: "server", url, user: "user", password: "secret", database: "default" });
});
afterAll(async () => {
  await store?.close();
  front?.close();
  await spool?.close();
  await test?.close();
});

describe("the store on a server", () => {
  it("migrates, inserts both ways and reads with parameters, by the same code as embedded", async () => {
    expect((await migrate(store)).applied).toEqual([]);
    const block = encodeNative([
      { name: "log_topic", type: "String", values: ["a\n\nb", "it's"] },
      { name: "log_offset", type: "UInt64", values: [2570, 2] },
    ]);
    for (let i = 0; i < 2; i++) await store.insertNative("rejected_records", ["log_topic", "log_offset"], block, { token: "n" });
    for (let i = 0; i < 2; i++)
      await store.insertRows("engine_state", [{ scope: "s", key: "k", value: "v\n\n", revision: 1 }], { token: "r" });
    const row = z.object({ topic: z.string(), offset: z.number() });
    const read = await store.query(
      "SELECT log_topic AS topic, log_offset AS offset FROM rejected_records WHERE log_topic IN {t:Array(String)} ORDER BY offset",
      row,
      {
        params: { t: ["a\n\nb", "it's", "\\"] },
      },
    );
    expect(read).toEqual([
      { topic: "it's", offset: 2 },
      { topic: "a\n\nb", offset: 2570 },
    ]);
    expect(await store.query("SELECT count() AS n FROM engine_state", z.object({ n: z.number() }))).toEqual([{ n: 1 }]);
  });

  it("rejects a bad statement with ClickHouse's code and type", async () => {
    await expect(store.command("SELECT * FROM nowhere")).rejects.toMatchObject({
      code: "store_rejected",
      message: expect.stringContaining("60 UNKNOWN_TABLE"),
    });
  });

  it("says on one line which server did not answer, without the password", async () => {
    const config = { kind: "server", url: "http://127.0.0.1:1", user: "u", password: "hidden-word", database: "d" } as const;
    const error = await openStore(config).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: "store_unavailable",
      retryable: true,
      message: expect.stringMatching(/^[^\n]*127\.0\.0\.1:1[^\n]*ECONNREFUSED[^\n]*$/),
    });
    expect(String(error)).not.toContain("hidden-word");
  });

  it("says that the credentials were refused", async () => {
    const error = openStore({ kind: "server", url, user: "user", password: "wrong-word", database: "default" });
    await expect(error).rejects.toMatchObject({ code: "store_rejected", message: expect.stringMatching(/516 AUTHENTICATION_FAILED/) });
  });
});
