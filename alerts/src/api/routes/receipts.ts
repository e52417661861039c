import { Webhook } from "standardwebhooks";
import { z } from "zod";
import { RECEIPT_KINDS, recordReceipt } from "../../delivery/receipts.ts";
import type { ApiApp, ApiDeps } from "../context.ts";
import { badRequest, notFound, Problem } from "../problems.ts";

const receiptBody = z.object({ notificationId: z.string().max(64), kind: z.enum(RECEIPT_KINDS), at: z.iso.datetime() });

/** Receipts of providers: no key, but a Standard Webhooks signature over the exact bytes, so the body is read as text here. */
export function receiptRoutes(app: ApiApp, { db, config, now }: ApiDeps): void {
  app.register(async (scope) => {
    scope.addContentTypeParser("application/json", { parseAs: "string" }, (_, body, done) => done(null, body));
    scope.post(
      "/v1/receipts",
      {
        schema: {
          summary: "What became of a message after the provider took it",
          description: "JSON {notificationId, kind, at}, signed after Standard Webhooks; kind: delivered, opened, clicked or failed.",
          tags: ["alerts"],
          security: [],
        },
      },
      async (request, reply) => {
        if (config.receiptsSecret === undefined) throw new Problem(404, "receipts are not set up");
        const secrets = [config.receiptsSecret, config.receiptsSecretPrevious].filter((secret) => secret !== undefined);
        const { id, payload } = verified(request.body, request.headers, secrets);
        const { notificationId, kind, at } = payload;
        const result = await recordReceipt(db, { id, notificationId, kind, atMs: Date.parse(at) }, now());
        if (result === "unknown") throw notFound(`notification ${notificationId}`);
        return reply.code(204).send();
      },
    );
  });
}

function verified(body: unknown, headers: Readonly<Record<string, unknown>>, secrets: readonly string[]) {
  const header = (name: string) => String(headers[name] ?? "");
  const signed = {
    "webhook-id": header("webhook-id"),
    "webhook-timestamp": header("webhook-timestamp"),
    "webhook-signature": header("webhook-signature"),
  };
  const parsed = receiptBody.safeParse(openSigned(String(body), signed, secrets));
  if (!parsed.success) throw badRequest("expected {notificationId, kind, at}");
  return { id: signed["webhook-id"], payload: parsed.data };
}

function openSigned(body: string, headers: Readonly<Record<string, string>>, secrets: readonly string[]): unknown {
  for (const secret of secrets) {
    try {
      return new Webhook(secret).verify(body, headers);
    } catch {
      // The other secret may fit.
    }
  }
  throw new Problem(401, "the signature does not fit");
}
