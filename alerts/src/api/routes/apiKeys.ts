import { ROLES } from "@bellwether/contracts/alert";
import { z } from "zod";
import { createApiKey, listApiKeys, revokeApiKey } from "../../identity/apiKeys.ts";
import { SCOPES } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { badRequest, notFound } from "../problems.ts";

const YEAR_MS = 366 * 86_400_000;
const instant = z.iso.datetime();
const tags = ["keys"];

const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  role: z.enum(ROLES),
  dealerId: z.string().nullable(),
  vin: z.string().nullable(),
  scopes: z.array(z.string()),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant.nullable(),
});

const keyBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  role: z.enum(ROLES),
  dealerId: z.string().min(1).max(64).optional().describe("for a dealer's key"),
  vin: z.string().min(1).max(32).optional().describe("for an owner's key"),
  scopes: z.array(z.enum(SCOPES)).max(SCOPES.length).default([]).describe("what the key may do within its role; empty: all of it"),
  expiresAt: instant.describe("at most a year from now"),
});

/** Keys of machines: made, listed and ended by an admin. The key itself is shown once. */
export function apiKeyRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/api-keys",
    { schema: { summary: "Keys in force, without their secrets", tags, response: { 200: z.object({ items: z.array(keySchema) }) } } },
    async () => ({
      items: (await listApiKeys(db)).map(({ dealer_id, created_at, expires_at, created_by, ...key }) => ({
        ...key,
        dealerId: dealer_id,
        createdAt: created_at,
        expiresAt: expires_at,
        createdBy: created_by,
      })),
    }),
  );
  app.post(
    "/v1/api-keys",
    {
      schema: {
        summary: "Make a key; it is shown in this answer and never again",
        description: "An idempotency-key is ignored here: keeping the answer would keep the secret.",
        tags,
        body: keyBody,
        response: { 200: z.object({ key: z.string() }) },
      },
    },
    async (request, reply) => {
      const { dealerId, vin, ...key } = request.body;
      if (key.role === "dealer" && dealerId === undefined) throw badRequest("dealerId: a dealer's key needs one");
      if (key.role === "owner" && vin === undefined) throw badRequest("vin: an owner's key needs one");
      const expiresAtMs = Date.parse(key.expiresAt);
      if (expiresAtMs <= now() || expiresAtMs > now() + YEAR_MS) throw badRequest("expiresAt: expected a time within a year from now");
      const { role, name } = callerOf(request);
      reply.header("cache-control", "no-store");
      const tenant = { ...(dealerId === undefined ? {} : { dealerId }), ...(vin === undefined ? {} : { vin }) };
      return { key: await createApiKey(db, { ...key, ...tenant, createdBy: `${role}:${name}` }) };
    },
  );
  app.post(
    "/v1/api-keys/:id/revoke",
    {
      schema: {
        summary: "End a key at once",
        tags,
        params: z.object({ id: z.string().max(64) }),
        response: { 200: z.object({ revoked: z.literal(true) }) },
      },
    },
    async (request) => {
      if (!(await revokeApiKey(db, request.params.id, now()))) throw notFound(`key ${request.params.id}`);
      return { revoked: true as const };
    },
  );
}
