import { randomUUID } from "node:crypto";
import { createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createApiKey } from "@bellwether/alerts/identity/apiKeys";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Postgres } from "@bellwether/postgres/open";
import { createMetrics, type Metrics } from "@bellwether/runtime/metrics";
import type { Command } from "commander";
import { z } from "zod";
import { type Holder, readHolder } from "./holder.ts";
import type { Platform } from "./platform.ts";
import { type ExitSlot, runCommand, type Session } from "./session.ts";

/** Reads through the API: of the process that holds the home, or of one opened in this process for the moment. */
export interface Reader {
  /** The JSON of a path such as `/v1/overview`. */
  get(path: string): Promise<unknown>;
  /** The JSON a request to do something is answered with. */
  post(path: string, body: object): Promise<unknown>;
  close(): Promise<void>;
}

/** Lists that are never long come whole, without a cursor. */
const pageSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())), nextCursor: z.string().nullable().default(null) });
/** How the API says what is wrong; whatever else answers there says nothing we could repeat. */
const problemSchema = z.object({ detail: z.string().optional() }).catch({});
/** The API gives up on a request before this. */
const ANSWER_MS_MAX = 35_000;
/** The API's own limit per page. */
const PAGE_SIZE = 200;

export async function openReader(session: Session): Promise<Reader> {
  const holder = await findHolder(session.home.root);
  return holder === null ? openLocalReader(session) : remoteReader(holder.address, holder.key);
}

/**
 * The process that holds the home and answers. Null also when only a note of it is left and its process id belongs to
 * somebody else by now: whether the home is really free, the engines' locks decide.
 */
export async function findHolder(home: string): Promise<Holder | null> {
  const holder = readHolder(home);
  if (holder === null) return null;
  const isAnswering = await ask(holder.address, "/healthz", {}).then(
    ({ status }) => status === 200,
    () => false,
  );
  return isAnswering ? holder : null;
}

/** Every item of a paged list. */
export async function readAll(reader: Reader, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor === null ? {} : { cursor }) });
    const page = pageSchema.parse(await reader.get(`${path}${path.includes("?") ? "&" : "?"}${query}`));
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

/** Asks the process that holds the home. */
export function remoteReader(address: string, key: string): Reader {
  return {
    async get(path) {
      const { status, body } = await ask(address, path, { authorization: `Bearer ${key}` });
      return answerOf(path, status, body);
    },
    async post(path, payload) {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      const { status, body } = await ask(address, path, headers, payload);
      return answerOf(path, status, body);
    },
    async close() {},
  };
}

/** Longest a file may take to be written and sent. */
const FILE_MS_MAX = 3_600_000;

/** Writes what the process that holds the home answers a path with into a file; returns the rows it says are in it. */
export async function download({ address, key }: Pick<Holder, "address" | "key">, path: string, file: string): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(address + path, { headers, signal: AbortSignal.timeout(FILE_MS_MAX) }).catch((cause: unknown) => {
    throw silent(address, cause);
  });
  if (!response.ok || response.body === null) answerOf(path, response.status, await response.text());
  else await pipeline(response.body, createWriteStream(file, { flags: "wx" }));
  return Number(response.headers.get("x-rows"));
}

function silent(address: string, cause: unknown): BellwetherError {
  return new BellwetherError("home_locked", `another process holds the home directory, but ${address} does not answer`, {
    retryable: true,
    cause,
  });
}

/** Sum of a metric over its labels, from the metrics page of the process that holds the home. */
export async function readMetrics(address: string, name: string): Promise<number> {
  const { body } = await ask(address, "/metrics", {});
  const lines = body.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

async function ask(
  address: string,
  path: string,
  headers: Record<string, string>,
  payload?: object,
): Promise<{ status: number; body: string }> {
  try {
    const request = payload === undefined ? {} : { method: "POST", body: JSON.stringify(payload) };
    const response = await fetch(address + path, { ...request, headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    return { status: response.status, body: await response.text() };
  } catch (cause) {
    throw silent(address, cause);
  }
}

async function openLocalReader(session: Session): Promise<Reader> {
  // Loaded here and below, because what asks another process needs neither engines nor API, and both take a second to load.
  const { openPlatform } = await import("./platform.ts");
  const platform = await openPlatform(session.config, session.home, session.logger);
  const reader = await createReaderOn(session, platform, createMetrics());
  return {
    get: reader.get,
    post: reader.post,
    async close() {
      await reader.close();
      await platform.close();
    },
  };
}

/** A reader on engines that are already open in this process; closing it leaves them open. */
export async function createReaderOn(session: Session, platform: Platform, metrics: Metrics): Promise<Reader> {
  const { openApi } = await import("./services.ts");
  const api = await openApi(session, platform, metrics);
  const key = await serviceKey(session.home.root, platform.db);
  return {
    async get(path) {
      const response = await api.inject({ url: path, headers: { authorization: `Bearer ${key}` } });
      return answerOf(path, response.statusCode, response.payload);
    },
    async post(path, payload) {
      const response = await api.inject({ method: "POST", url: path, payload, headers: { authorization: `Bearer ${key}` } });
      return answerOf(path, response.statusCode, response.payload);
    },
    close: () => api.close(),
  };
}

function answerOf(path: string, status: number, body: string): unknown {
  if (status === 404) throw new BellwetherError("not_found", `${path}: nothing there`, { retryable: false });
  if (status >= 400) {
    const { detail } = problemSchema.parse(jsonOf(body));
    if (status === 409) throw new BellwetherError("config_invalid", `refused: ${detail ?? path}`, { retryable: false });
    const code = [400, 403, 422].includes(status) ? "config_invalid" : "store_unavailable";
    throw new BellwetherError(code, `${path}: ${detail ?? `HTTP ${status}`}`, { retryable: status >= 500 });
  }
  return JSON.parse(body);
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

/**
 * The key this home's own commands use, made once and kept beside the data (mode 0600): whoever can read the
 * home can read the data files anyway.
 */
export async function serviceKey(home: string, db: Postgres): Promise<string> {
  const file = join(home, "service.key");
  if (existsSync(file)) return readFileSync(file, "utf8");
  mkdirSync(home, { recursive: true });
  const key = await createApiKey(db, { role: "admin", name: `command line ${randomUUID()}` });
  writeFileSync(file, key, { mode: 0o600 });
  return key;
}

/** Runs a subcommand with a reader of the API, closed whatever happens. */
export function runWithReader<Code extends number | undefined>(
  command: Command,
  exit: ExitSlot,
  body: (session: Session, reader: Reader) => Promise<Code>,
): Promise<void> {
  return runCommand(command, exit, async (session) => {
    const reader = await openReader(session);
    try {
      return await body(session, reader);
    } finally {
      await reader.close();
    }
  });
}
