import { resolve } from "node:path";
import { Readable } from "node:stream";
import { rootCertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { BellwetherError } from "@bellwether/contracts/errors";
import { lockDirectory } from "@bellwether/runtime/lock";
import { within } from "@bellwether/runtime/within";
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient, drainStream } from "@clickhouse/client";
import { Session } from "chdb";
import { z } from "zod";
import { createChdbConnection } from "./chdbConnection.ts";
import { CLUSTER_SETTINGS } from "./cluster.ts";
import { toStoreError } from "./errors.ts";
import { createSpool } from "./spool.ts";
import { stoppable } from "./stoppable.ts";
import type { ColumnStore, InsertOptions, StatementOptions } from "./store.ts";
import { warnWhenPoolIsSmall } from "./threadPool.ts";

/** Where the column store lives: in this process on a directory of its own, or on a ClickHouse server. */
export type StoreConfig =
  | { readonly kind: "embedded"; readonly dir: string }
  | ({ readonly kind: "server"; readonly tls?: StoreTls; readonly cluster?: string | undefined } & Readonly<
      Record<"url" | "user" | "password" | "database", string>
    >);

/** PEM texts for an https address; absent: the system's authorities, and no certificate of ours. */
export interface StoreTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Longest a statement may run unless its own settings say otherwise; neither engine nor client can interrupt it earlier. */
const STATEMENT_SECONDS_MAX = 300;
/** Longest a server may take to say its version; it may be busy, but not silent. */
const OPEN_MS_MAX = 10_000;
const ENGINE_CONFIG = fileURLToPath(new URL("../engine.xml", import.meta.url));
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

const DEFAULT_SETTINGS: ClickHouseSettings = {
  max_execution_time: STATEMENT_SECONDS_MAX,
  // Times leave and enter as ISO 8601 with Z, as everywhere else in the project.
  date_time_output_format: "iso",
  date_time_input_format: "best_effort",
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
};

/** The client's own log is off: it would print ClickHouse's raw text, which can quote rows, to the console. */
const CLIENT_OPTIONS = { clickhouse_settings: DEFAULT_SETTINGS, log: { level: ClickHouseLogLevel.OFF } };

function checkIdentifier(name: string): string {
  if (!IDENTIFIER.test(name)) throw new TypeError(`expected a table or column name, got ${JSON.stringify(name.slice(0, 60))}`);
  return name;
}

function insertSettings({ token, settings }: InsertOptions): ClickHouseSettings {
  return {
    ...settings,
    insert_deduplication_token: token,
    insert_deduplicate: 1,
    // An asynchronous insert is acknowledged together with others and its token would cover them all.
    async_insert: 0,
    // A misspelt column must be an error, not lost data.
    input_format_skip_unknown_fields: 0,
    deduplicate_blocks_in_dependent_materialized_views: 1,
  };
}

function readRows<T>(rows: readonly unknown[], row: z.ZodType<T>): T[] {
  const parsed = z.array(row).safeParse(rows);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? "" : ` at ${issue.path.join(".")}: ${issue.message}`;
  throw new BellwetherError("store_rejected", `query: rows do not have the expected shape${where}`, { retryable: false });
}

function createStore(kind: ColumnStore["kind"], client: ClickHouseClient, closeEngine: () => Promise<void>): ColumnStore {
  // Closing twice must not release a lock that a later owner holds.
  let closing: Promise<void> | null = null;

  async function guarded<T>(where: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await work();
    } catch (error) {
      // What the engine says of a statement it was told to end is of no interest.
      signal?.throwIfAborted();
      throw toStoreError(error, where);
    }
  }
  const bound = ({ params, settings }: StatementOptions = {}) => ({
    ...(params === undefined ? {} : { query_params: { ...params } }),
    ...(settings === undefined ? {} : { clickhouse_settings: { ...settings } }),
  });

  return {
    kind,
    query: (sql, row, options) =>
      guarded(
        "query",
        async () => {
          const rows = await stoppable(client, options?.signal, async (mark) => {
            const settings = { ...options?.settings, ...mark };
            const result = await client.query({ query: sql, format: "JSONEachRow", ...bound({ ...options, settings }) });
            return result.json<unknown>();
          });
          return readRows(rows, row);
        },
        options?.signal,
      ),
    download: (sql, format, options) =>
      guarded("download", async () => (await client.exec({ query: `${sql} FORMAT ${format}`, ...bound(options) })).stream),
    command: (sql, options) =>
      guarded("statement", async () => {
        await client.command({ query: sql, ...bound(options) });
      }),
    insertRows: (table, rows, options) =>
      guarded(`insert into ${table}`, async () => {
        if (rows.length === 0) return;
        const settings = insertSettings(options);
        await client.insert({ table: checkIdentifier(table), values: [...rows], format: "JSONEachRow", clickhouse_settings: settings });
      }),
    insertNative: (table, columns, block, options) =>
      guarded(`insert into ${table}`, async () => {
        const query = `INSERT INTO ${checkIdentifier(table)} (${columns.map(checkIdentifier).join(", ")}) FORMAT Native`;
        // In object mode a piece stays a piece: otherwise the stream would copy them into one.
        const values = Readable.from(block instanceof Uint8Array ? [block] : block, { objectMode: true });
        const settings = { ...insertSettings(options), input_format_native_allow_types_conversion: 1 as const };
        const { stream } = await client.exec({ query, values, clickhouse_settings: settings });
        await drainStream(stream);
      }),
    async version() {
      const [first] = await this.query("SELECT version() AS version", z.object({ version: z.string() }));
      return first?.version ?? "unknown";
    },
    close() {
      closing ??= client.close().then(closeEngine);
      return closing;
    },
  };
}

/** chDB prints the reason to stderr and throws without it; `home_locked` is ruled out by our own lock before. */
function toOpenError(error: unknown, dir: string): BellwetherError {
  const [firstLine = ""] = (error instanceof Error ? error.message : String(error)).split("\n", 1);
  if (/one active data directory/.test(firstLine)) {
    const text = `this process already holds another data directory; close that store before opening ${dir}`;
    return new BellwetherError("home_locked", text, { retryable: false });
  }
  const text = `expected to open the ClickHouse data in ${dir}, got: ${firstLine}`;
  return new BellwetherError("store_unavailable", text, { retryable: false, cause: error });
}

async function openEmbedded(config: Extract<StoreConfig, { kind: "embedded" }>): Promise<ColumnStore> {
  warnWhenPoolIsSmall();
  const dir = resolve(config.dir);
  const lock = await lockDirectory(dir);
  try {
    const spool = await createSpool(dir);
    // Holds chDB's own lock for as long as the store is open; the first session of a process fixes the engine's configuration.
    const holder = new Session(dir, { connectionArgs: [`--config-file=${ENGINE_CONFIG}`] });
    const client = createClient({ connection: createChdbConnection({ dir, spool }), ...CLIENT_OPTIONS });
    return createStore("embedded", client, async () => {
      holder.close();
      await spool.close();
      await lock.release();
    });
  } catch (error) {
    await lock.release();
    throw toOpenError(error, dir);
  }
}

/** Host and port of a URL for messages; user and password stay out of them. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the configured URL";
}

async function openServer(config: Extract<StoreConfig, { kind: "server" }>): Promise<ColumnStore> {
  const { url, user, password, database, cluster } = config;
  const client = createClient({
    url,
    username: user,
    password,
    database,
    application: "bellwether",
    ...tlsOptions(config.tls),
    request_timeout: (STATEMENT_SECONDS_MAX + 10) * 1000,
    ...CLIENT_OPTIONS,
    clickhouse_settings: { ...DEFAULT_SETTINGS, ...(cluster === undefined ? {} : CLUSTER_SETTINGS) },
  });
  const store = { ...createStore("server", client, async () => {}), ...(cluster === undefined ? {} : { cluster }) };
  try {
    await within(OPEN_MS_MAX, store.version(), noAnswer);
    return store;
  } catch (error) {
    await store.close();
    const { code, message, retryable } = toStoreError(error, "open");
    throw new BellwetherError(code, `opening ClickHouse at ${placeOf(url)}: ${message}`, { retryable });
  }
}

function tlsOptions({ ca, cert, key }: StoreTls = {}): Pick<NonNullable<Parameters<typeof createClient>[0]>, "tls"> {
  if ((cert === undefined) !== (key === undefined)) {
    throw new BellwetherError("config_invalid", "the certificate for ClickHouse and its key: expected both or none, got one", {
      retryable: false,
    });
  }
  if (ca === undefined && cert === undefined) return {};
  // The client's own options want an authority with every certificate; without one the system's are right.
  const ca_cert = Buffer.from(ca ?? rootCertificates.join("\n"));
  return { tls: cert === undefined || key === undefined ? { ca_cert } : { ca_cert, cert: Buffer.from(cert), key: Buffer.from(key) } };
}

function noAnswer(): BellwetherError {
  const text = `query: expected an answer from ClickHouse, got none within ${OPEN_MS_MAX / 1000} s`;
  return new BellwetherError("store_unavailable", text, { retryable: true });
}

/**
 * Opens the column store. Throws BellwetherError `home_locked` when another process holds the embedded directory,
 * `store_unavailable` when the server does not answer.
 */
export function openStore(config: StoreConfig): Promise<ColumnStore> {
  return config.kind === "embedded" ? openEmbedded(config) : openServer(config);
}
