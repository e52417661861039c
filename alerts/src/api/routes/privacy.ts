import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { erasePerson, listErasures } from "../../privacy/erasePerson.ts";
import { exportPerson, personExportSchema } from "../../privacy/exportPerson.ts";
import { listPersonalReads, recordPersonalRead } from "../../privacy/personalReads.ts";
import { requireVehicle } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf, decodeCursor, pageQuery, toPage } from "../context.ts";

const params = z.object({ vin: z.string().min(1).max(32) });
const tags = ["privacy"];
const count = z.number().int().nonnegative();
const erasureSchema = z.object({ id: z.string(), at: z.iso.datetime(), counts: z.record(z.string(), count) });
const readSchema = z.object({ seq: count, actor: z.string(), vin: z.string(), why: z.string(), at: z.iso.datetime() });

/** A person's rights: to have what is stored, to have it erased; and who has read it. */
export function privacyRoutes(app: ApiApp, deps: ApiDeps): void {
  personRoutes(app, deps);
  auditRoutes(app, deps);
}

function personRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, store, now } = deps;
  app.get(
    "/v1/vehicles/:vin/owner/export",
    { schema: { summary: "Everything stored about a vehicle's owner; on record", tags, params, response: { 200: personExportSchema } } },
    async (request, reply) => {
      const { vin } = request.params;
      const { role, name } = callerOf(request);
      await requireVehicle(db, callerOf(request), vin);
      reply.header("cache-control", "no-store");
      await recordPersonalRead(db, { actor: `${role}:${name}`, vin, why: "export" }, now());
      return db.transaction((tx) => exportPerson(tx, store, vin, now()), { isolation: "repeatable read" });
    },
  );
  app.post(
    "/v1/vehicles/:vin/owner/erase",
    {
      schema: {
        summary: "Erase a vehicle's owner: contact, wishes, texts and free notes; unsent messages are cancelled; the proof stays",
        tags,
        params,
        body: z.strictObject({ reason: z.string().trim().min(3).max(200).describe("why; no name and no address") }),
        response: { 200: erasureSchema },
      },
    },
    async (request) => {
      const { vin } = request.params;
      const { role, name } = callerOf(request);
      await requireVehicle(db, callerOf(request), vin);
      // An owner's key has the owner's name in it, and is gone with him.
      const requestedBy = role === "owner" ? "owner" : `${role}:${name}`;
      return erasePerson({ db, store, now, sleep }, { vin, requestedBy, reason: request.body.reason });
    },
  );
}

function auditRoutes(app: ApiApp, { db }: ApiDeps): void {
  app.get(
    "/v1/vehicles/:vin/erasures",
    {
      schema: {
        summary: "Proofs that a vehicle's owner was erased",
        tags,
        params,
        response: { 200: z.object({ items: z.array(erasureSchema.extend({ requestedBy: z.string(), reason: z.string() })) }) },
      },
    },
    async (request) => ({ items: await listErasures(db, request.params.vin) }),
  );
  app.get(
    "/v1/personal-reads",
    {
      schema: {
        summary: "Who has read names, addresses and wishes, latest first",
        tags,
        querystring: pageQuery.extend({ vin: z.string().max(32).optional() }),
        response: { 200: z.object({ items: z.array(readSchema), nextCursor: z.string().nullable() }) },
      },
    },
    async ({ query: { cursor, limit, vin = null } }) => {
      const before = decodeCursor(cursor, 1)?.[0];
      const rows = await listPersonalReads(db, { vin, before: before === undefined ? null : Number(before), limit: limit + 1 });
      return toPage(rows, limit, ({ seq }) => [String(seq)]);
    },
  );
}
