import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createApiKey } from "@bellwether/alerts/apiKeys";
import { BellwetherError } from "@bellwether/contracts/errors";
import type { Postgres } from "@bellwether/postgres/open";
import { createMetrics, type Metrics } from "@bellwether/runtime/metrics";
import { z } from "zod";
import { readHolder } from "./holder.ts";
import { openPlatform, type Platform } from "./platform.ts";
import { openApi } from "./services.ts";
import type { Session } from "./session.ts";

/** Reads through the API: of the process that holds the home, or of one opened in this process for the moment. */
export interface Reader {
  /** The JSON of a path such as `/v1/overview`. */
  get(path: string): Promise<unknown>;
  close(): Promise<void>;
}

const pageSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())), nextCursor: z.string().nullable() });
/** How the API says what is wrong; whatever else answers there says nothing we could repeat. */
const problemSchema = z.object({ detail: z.string().optional() }).catch({});
/** The API's own limit per page. */
const PAGE_SIZE = 200;

export async function openReader(session: Session): Promise<Reader> {
  const holder = readHolder(session.home.root);
  return holder === null ? openLocalReader(session) : remoteReader(holder.address, holder.key);
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

function remoteReader(address: string, key: string): Reader {
  return {
    async get(path) {
      const response = await fetch(address + path, { headers: { authorization: `Bearer ${key}` } }).catch((cause: unknown) => {
        throw new BellwetherError("home_locked", `another process holds the home directory, but ${address} does not answer`, {
          retryable: true,
          cause,
        });
      });
      return answerOf(path, response.status, await response.text());
    },
    async close() {},
  };
}

async function openLocalReader(session: Session): Promise<Reader> {
  const platform = await openPlatform(session.config, session.home, session.logger);
  const reader = await createReaderOn(session, platform, createMetrics());
  return {
    get: reader.get,
    async close() {
      await reader.close();
      await platform.close();
    },
  };
}

/** A reader on engines that are already open in this process; closing it leaves them open. */
export async function createReaderOn(session: Session, platform: Platform, metrics: Metrics): Promise<Reader> {
  const api = await openApi(session, platform, metrics);
  const key = await serviceKey(session.home.root, platform.db);
  return {
    async get(path) {
      const response = await api.inject({ url: path, headers: { authorization: `Bearer ${key}` } });
      return answerOf(path, response.statusCode, response.payload);
    },
    close: () => api.close(),
  };
}

function answerOf(path: string, status: number, body: string): unknown {
  if (status === 404) throw new BellwetherError("not_found", `${path}: nothing there`, { retryable: false });
  if (status >= 400) {
    const { detail } = problemSchema.parse(jsonOf(body));
    const code = status === 400 ? "config_invalid" : "store_unavailable";
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
  const key = await createApiKey(db, { role: "analyst", name: `command line ${randomUUID()}` });
  writeFileSync(file, key, { mode: 0o600 });
  return key;
}
