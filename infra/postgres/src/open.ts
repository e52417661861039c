import { BellwetherError } from "@bellwether/contracts/errors";
import pg from "pg";
import { z } from "zod";
import { startCluster } from "./cluster.ts";
import { toPostgresError } from "./errors.ts";

/** Where PostgreSQL is: a server of our own on a directory, or somebody's by URL. */
export type PostgresConfig = { readonly kind: "embedded"; readonly dir: string } | { readonly kind: "server"; readonly url: string };

/** What runs SQL: the database itself or one transaction. */
export interface Queryable {
  /** Rows of one statement, each checked against `row`; values only as `$1`, `$2`, …. Times are Dates, bigint numbers. */
  query<T>(sql: string, params: readonly unknown[], row: z.ZodType<T>): Promise<T[]>;
  /** A statement whose rows are not wanted; returns how many it changed. Without params it may be several statements. */
  execute(sql: string, params?: readonly unknown[]): Promise<number>;
}

export interface TransactionOptions {
  /** Default `read committed`. A serialization failure is a retryable BellwetherError; retry the whole transaction. */
  readonly isolation?: "read committed" | "repeatable read" | "serializable";
}

export interface Postgres extends Queryable {
  readonly kind: "embedded" | "server";
  /** Commits what `run` did, or rolls all of it back when it throws, and throws that on. */
  transaction<T>(run: (tx: Queryable) => Promise<T>, options?: TransactionOptions): Promise<T>;
  version(): Promise<string>;
  /** Waits for running statements; an embedded server is stopped, its data stays. */
  close(): Promise<void>;
}

type Connection = pg.ClientBase | pg.Pool;

const POOL_MAX = 10;
const CONNECT_MS_MAX = 10_000;
const STATEMENT_MS_MAX = 60_000;
const BIGINT = 20;
const DATE = 1082;

/** bigint as number (our ids and counts stay below 2^53) and date as its text: `pg` would make it midnight of the local zone. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (oid === BIGINT) return Number;
    if (oid === DATE) return String;
    return format === "binary" ? pg.types.getTypeParser(oid, "binary") : pg.types.getTypeParser(oid, "text");
  },
};

function readRows<T>(rows: readonly unknown[], row: z.ZodType<T>): T[] {
  const parsed = z.array(row).safeParse(rows);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined ? "" : ` at ${issue.path.join(".")}: ${issue.message}`;
  throw new BellwetherError("store_rejected", `query: rows do not have the expected shape${where}`, { retryable: false });
}

function createQueryable(connection: Connection): Queryable {
  return {
    async query(sql, params, row) {
      try {
        const { rows } = await connection.query<Record<string, unknown>>(sql, [...params]);
        return readRows(rows, row);
      } catch (error) {
        throw toPostgresError(error, "query");
      }
    },
    async execute(sql, params) {
      try {
        const { rowCount } = params === undefined ? await connection.query(sql) : await connection.query(sql, [...params]);
        return rowCount ?? 0;
      } catch (error) {
        throw toPostgresError(error, "statement");
      }
    },
  };
}

async function runTransaction<T>(pool: pg.Pool, run: (tx: Queryable) => Promise<T>, options: TransactionOptions): Promise<T> {
  const fail = (error: unknown): never => {
    throw toPostgresError(error, "transaction");
  };
  const client = await pool.connect().catch(fail);
  // A client whose transaction could not be ended must not go back into the pool.
  let broken = false;
  // Without a listener, a connection that dies between two statements would end the process.
  const onError = () => {
    broken = true;
  };
  client.on("error", onError);
  try {
    // A connection that is lost here is lost with a plain Error of the driver; it is retryable like every other.
    await client.query(`BEGIN ISOLATION LEVEL ${(options.isolation ?? "read committed").toUpperCase()}`).catch(fail);
    const outcome = await run(createQueryable(client));
    await client.query("COMMIT").catch(fail);
    return outcome;
  } catch (error) {
    await client.query("ROLLBACK").catch(onError);
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

function createPostgres(kind: Postgres["kind"], poolConfig: pg.PoolConfig, stopServer: () => Promise<void>): Postgres {
  const pool = new pg.Pool({
    max: POOL_MAX,
    connectionTimeoutMillis: CONNECT_MS_MAX,
    statement_timeout: STATEMENT_MS_MAX,
    idle_in_transaction_session_timeout: STATEMENT_MS_MAX,
    application_name: "bellwether",
    types,
    ...poolConfig,
  });
  // An idle connection that dies is replaced by the pool; without a listener the event would end the process.
  pool.on("error", () => {});
  const db = createQueryable(pool);
  let closing: Promise<void> | null = null;
  return {
    kind,
    ...db,
    transaction: (run, options = {}) => runTransaction(pool, run, options),
    async version() {
      const [first] = await db.query("SHOW server_version", [], z.object({ server_version: z.string() }));
      return first?.server_version ?? "unknown";
    },
    close() {
      closing ??= pool.end().then(stopServer);
      return closing;
    },
  };
}

async function openEmbedded(dir: string): Promise<Postgres> {
  const { host, port, user, password, stop } = await startCluster(dir);
  return createPostgres("embedded", { host, port, user, password, database: "postgres" }, stop);
}

/** Host and database of a URL for messages; its user and password stay out of them. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return "the configured URL";
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

async function openServer(url: string): Promise<Postgres> {
  const db = createPostgres("server", { connectionString: url }, async () => {});
  try {
    await db.version();
    return db;
  } catch (error) {
    await db.close();
    throw nameTheServer(error, url);
  }
}

function nameTheServer(error: unknown, url: string): BellwetherError {
  const { code, message, retryable, cause } = toPostgresError(error, "open");
  return new BellwetherError(code, `opening PostgreSQL at ${placeOf(url)}: ${message}`, { retryable, cause });
}

/**
 * Opens PostgreSQL. Throws BellwetherError `home_locked` when another process holds the embedded directory,
 * `store_unavailable` when the server does not answer.
 */
export function openPostgres(config: PostgresConfig): Promise<Postgres> {
  return config.kind === "embedded" ? openEmbedded(config.dir) : openServer(config.url);
}
