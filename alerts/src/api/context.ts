import type { IncomingMessage, ServerResponse } from "node:http";
import type { ColumnStore } from "@bellwether/clickhouse/store";
import type { PipelineOperations } from "@bellwether/contracts/operations";
import type { Postgres } from "@bellwether/postgres/open";
import type { Logger } from "@bellwether/runtime/logger";
import type { Metrics } from "@bellwether/runtime/metrics";
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { z } from "zod";
import type { AlertsConfig } from "../config.ts";
import type { Caller } from "../identity/apiKeys.ts";
import { badRequest, Problem } from "./problems.ts";

export interface ApiDeps {
  readonly store: ColumnStore;
  readonly db: Postgres;
  readonly config: Omit<AlertsConfig, "apiConsoleDir"> & { readonly apiConsoleDir?: string | undefined };
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Present where the process has the log open. */
  readonly pipeline?: PipelineOperations;
  /** The operator's own rule files; absent: those that ship with Bellwether, which are never written to. */
  readonly rulesDir?: string | undefined;
}

/** A Fastify instance whose handlers take their types from the zod schemas. */
export type ApiApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>;

declare module "fastify" {
  interface FastifyRequest {
    /** Set before every handler under /v1. */
    caller: Caller | null;
  }
}

export function callerOf(request: Pick<FastifyRequest, "caller">): Caller {
  if (request.caller === null) throw new Problem(401, "a key is needed");
  return request.caller;
}

/** Query of a paged list. */
export const pageQuery = z.object({
  cursor: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Position after the last item of a page: the values its list is ordered by. Opaque to the caller. */
export function encodeCursor(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

const position = z.array(z.string()).min(1).max(4);

/** The position a cursor stands for; null on the first page. Throws a 400 for anything we did not make. */
export function decodeCursor(cursor: string | undefined, parts: number): readonly string[] | null {
  if (cursor === undefined) return null;
  try {
    const decoded = position.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
    if (decoded.length === parts) return decoded;
  } catch {
    // Falls through to the one answer for every wrong cursor.
  }
  throw badRequest("cursor: expected the nextCursor of an earlier page");
}

/** Cuts a list read with `limit + 1` rows into a page. */
export function toPage<T>(rows: readonly T[], limit: number, positionOf: (row: T) => readonly string[]) {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(positionOf(last)) : null };
}
