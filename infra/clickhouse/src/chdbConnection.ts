import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { type ClickHouseClientConfigOptions, parseError } from "@clickhouse/client";
import { type ChdbResult, drainPending } from "chdb";
import { type Assignments, createSessions } from "./chdbSessions.ts";
import { formatParam, quote } from "./params.ts";
import type { Spool } from "./spool.ts";

/** What `createClient({ connection })` accepts. */
export type Connection = NonNullable<ClickHouseClientConfigOptions["connection"]>;
type Request = Parameters<Connection["query"]>[0];
type InsertBody = Parameters<Connection["insert"]>[0]["values"];
type Summary = NonNullable<Awaited<ReturnType<Connection["insert"]>>["summary"]>;

export interface ChdbConnectionOptions {
  /** Absolute data directory; the process already holds it by a session of its own. */
  readonly dir: string;
  readonly spool: Spool;
}

/** URL parameters of the HTTP interface, not settings of the engine. */
const HTTP_ONLY = new Set(["wait_end_of_query", "session_timeout", "session_check", "default_format"]);
const NAME = /^\w+$/;

/** Settings that differ from request to request. */
const OWN_SETTINGS = new Set(["insert_deduplication_token", "log_comment"]);

/**
 * The request's settings and parameters. Parameters go by `SET param_*` on a session that nobody else uses meanwhile,
 * because chdb's own binding serialises every parameterised query of the process (the engine races there).
 */
function assignmentsOf({ clickhouse_settings, query_params }: Request): Assignments {
  const kept: string[] = [];
  const own: { name: string; text: string }[] = [];
  for (const [name, value] of Object.entries(clickhouse_settings ?? {})) {
    if (value === undefined || HTTP_ONLY.has(name)) continue;
    const text = assignment("setting", name, quote(typeof value === "boolean" ? String(Number(value)) : String(value)));
    if (OWN_SETTINGS.has(name)) own.push({ name, text });
    else kept.push(text);
  }
  for (const [parameter, value] of Object.entries(query_params ?? {})) {
    const name = `param_${parameter}`;
    own.push({ name, text: assignment("parameter", name, quote(formatParam(value))) });
  }
  return { kept, own };
}

function assignment(what: "setting" | "parameter", name: string, quoted: string): string {
  if (!NAME.test(name)) throw new TypeError(`a ${what}'s name must be a word; got ${JSON.stringify(name.slice(0, 40))}`);
  return `${name} = ${quoted}`;
}

/** `INSERT … FORMAT X` to `INSERT … FROM INFILE '…' FORMAT X`: inline bodies end at the first blank line, files do not. */
function fromInfile(query: string, path: string): string {
  const match = /^(.*\S)\s+FORMAT\s+(\w+)\s*$/is.exec(query);
  if (match === null) throw new TypeError("an INSERT with a body must end in FORMAT and the body's format");
  return `${match[1]} FROM INFILE ${quote(path)} COMPRESSION 'none' FORMAT ${match[2]}`;
}

async function toParts(body: InsertBody): Promise<readonly Uint8Array[]> {
  if (typeof body === "string") return [Buffer.from(body)];
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(typeof part === "string" ? Buffer.from(part) : part);
  return parts;
}

/** Rejects as soon as the signal fires. The statement itself runs on: `stoppable` is what ends one. */
function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(new Error("the request was aborted"));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

function summaryOf(result: ChdbResult | null, operation: "read" | "write"): Summary {
  const rows = String(result?.rowsRead ?? 0);
  const bytes = String(result?.bytesRead ?? 0);
  const read = operation === "read";
  return {
    read_rows: read ? rows : "0",
    read_bytes: read ? bytes : "0",
    written_rows: read ? "0" : rows,
    written_bytes: read ? "0" : bytes,
    result_rows: rows,
    result_bytes: bytes,
    total_rows_to_read: "0",
    elapsed_ns: String(Math.round((result?.elapsed ?? 0) * 1e9)),
  };
}

function toStream(result: ChdbResult | null): Readable {
  const bytes = result?.bytes() ?? new Uint8Array();
  return Readable.from(bytes.byteLength === 0 ? [] : [Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)], {
    objectMode: false,
  });
}

/**
 * The bridge from `@clickhouse/client` to the engine in this process. Every request has a session to itself while it runs (chdbSessions.ts):
 * settings and deduplication tokens cannot leak into the next request, and requests run in parallel up to the size of libuv's thread pool. Failures are ClickHouseErrors with `code` and `type`, as over HTTP.
 */
export function createChdbConnection({ dir, spool }: ChdbConnectionOptions): Connection {
  const sessions = createSessions(dir);
  const running = new Set<Promise<unknown>>();
  let closed = false;

  async function onSession(sql: string, request: Request): Promise<ChdbResult> {
    try {
      return await sessions.run(sql, assignmentsOf(request));
    } catch (error) {
      throw parseError(error instanceof Error ? error : String(error));
    }
  }

  async function execute(request: Request, body?: InsertBody): Promise<ChdbResult | null> {
    if (body === undefined) return onSession(request.query, request);
    const parts = await toParts(body);
    if (parts.every(({ byteLength }) => byteLength === 0)) return null;
    const path = await spool.write(parts);
    try {
      return await onSession(fromInfile(request.query, path), request);
    } finally {
      await spool.remove(path);
    }
  }

  function run(request: Request, body?: InsertBody): Promise<ChdbResult | null> {
    if (closed) return Promise.reject(new Error("the connection is closed"));
    if (request.abort_signal?.aborted === true) return Promise.reject(new Error("the request was aborted"));
    const work = execute(request, body);
    running.add(work);
    const forget = () => running.delete(work);
    work.then(forget, forget);
    return abortable(work, request.abort_signal);
  }

  const head = (request: Request) => ({ query_id: request.query_id ?? randomUUID(), response_headers: {}, http_status_code: 200 });

  return {
    async ping() {
      try {
        await run({ query: "SELECT 1" });
        return { success: true };
      } catch (error) {
        return { success: false, error: error instanceof Error ? error : new Error(String(error)) };
      }
    },
    async query(request) {
      return { ...head(request), stream: toStream(await run(request)) };
    },
    async insert(request) {
      return { ...head(request), summary: summaryOf(await run(request, request.values), "write") };
    },
    async exec(request) {
      const result = await run(request, request.values);
      return { ...head(request), stream: toStream(result), summary: summaryOf(result, request.values === undefined ? "read" : "write") };
    },
    async command(request) {
      return { ...head(request), summary: summaryOf(await run(request), "read") };
    },
    async close() {
      closed = true;
      await Promise.allSettled(running);
      sessions.close();
      await drainPending();
    },
  };
}
