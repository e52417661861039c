import { createHash } from "node:crypto";
import type { Postgres, Queryable } from "@bellwether/postgres/open";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { toTimestamp } from "../rows.ts";
import type { ApiApp, ApiDeps } from "./context.ts";
import { badRequest, Problem } from "./problems.ts";

/**
 * The header `idempotency-key` on a POST: the first request is carried out and its answer kept for a week; the same
 * request again gets that answer and changes nothing. The same key for another request is a mistake (422), and while the
 * first is still running the second has to wait (409). Answers of 500 and above are not kept, so they can be tried again.
 */

const KEY = /^[\x21-\x7e]{1,128}$/;
const KEPT_MS = 7 * 86_400_000;
/** A first request that ended without an answer gives its key back after this. */
const ABANDONED_MS = 60_000;

/** Answers that hold a secret are not kept. */
const SECRET_ANSWERS = ["/v1/api-keys"];

const knownRow = z.object({
  request_hash: z.string(),
  status: z.number().nullable(),
  body: z.string().nullable(),
  content_type: z.string().nullable(),
});

declare module "fastify" {
  interface FastifyRequest {
    /** The key whose answer is to be kept; null: none. */
    idempotency: { readonly caller: string; readonly key: string } | null;
  }
}

export function installIdempotency(app: ApiApp, { db, now }: ApiDeps): void {
  app.decorateRequest("idempotency", null);
  app.addHook("preHandler", async (request, reply) => {
    const key = request.headers["idempotency-key"];
    if (request.method !== "POST" || key === undefined || request.caller === null || SECRET_ANSWERS.includes(request.url)) return;
    if (typeof key !== "string" || !KEY.test(key)) throw badRequest("idempotency-key: expected 1 to 128 visible characters");
    const claim = { caller: request.caller.keyId, key };
    const known = await claimKey(db, claim, hashOf(request), now());
    if (known === null) request.idempotency = claim;
    else return replay(reply, known);
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const body = payload === null ? "" : payload;
    if (request.idempotency !== null && typeof body === "string") await keepAnswer(db, request.idempotency, reply, body);
    return payload;
  });
}

/** Takes a free key (null), or finds the answer that is there. Throws when the key is taken by another or a running request. */
async function claimKey(db: Queryable, { caller, key }: { caller: string; key: string }, hash: string, nowMs: number) {
  const taken = await db.execute(
    `INSERT INTO idempotency_keys AS k (caller, key, request_hash, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (caller, key) DO UPDATE SET created_at = excluded.created_at, request_hash = excluded.request_hash, status = NULL
       WHERE k.created_at < $6 OR (k.status IS NULL AND k.request_hash = excluded.request_hash AND k.created_at < $5)`,
    [caller, key, hash, toTimestamp(nowMs), toTimestamp(nowMs - ABANDONED_MS), toTimestamp(nowMs - KEPT_MS)],
  );
  if (taken > 0) return null;
  const [known] = await db.query(
    "SELECT request_hash, status, body, content_type FROM idempotency_keys WHERE caller = $1 AND key = $2",
    [caller, key],
    knownRow,
  );
  if (known?.request_hash !== undefined && known.request_hash !== hash) throw new Problem(422, "idempotency-key: used for another request");
  if (known?.status == null) throw new Problem(409, "idempotency-key: the first request with it is still running");
  return { status: known.status, body: known.body ?? "", contentType: known.content_type ?? "application/json" };
}

function replay(reply: FastifyReply, { status, body, contentType }: { status: number; body: string; contentType: string }): FastifyReply {
  return reply.code(status).header("idempotency-replayed", "true").type(contentType).serializer(String).send(body);
}

async function keepAnswer(
  db: Queryable,
  { caller, key }: { caller: string; key: string },
  reply: FastifyReply,
  body: string,
): Promise<void> {
  if (reply.statusCode >= 500) {
    await db.execute("DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2", [caller, key]);
    return;
  }
  await db.execute("UPDATE idempotency_keys SET status = $3, body = $4, content_type = $5 WHERE caller = $1 AND key = $2", [
    caller,
    key,
    reply.statusCode,
    body,
    String(reply.getHeader("content-type") ?? "application/json"),
  ]);
}

function hashOf({ method, url, body }: FastifyRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([method, url, body ?? null]))
    .digest("hex");
}

/** Removes answers nobody will ask for again. */
export function forgetOldAnswers(db: Pick<Postgres, "execute">, nowMs: number): Promise<number> {
  return db.execute("DELETE FROM idempotency_keys WHERE created_at < $1", [toTimestamp(nowMs - KEPT_MS)]);
}
