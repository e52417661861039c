import { COMPONENTS } from "@bellwether/contracts/finding";
import type { Queryable } from "@bellwether/postgres/open";
import { z } from "zod";
import { saveCalendar } from "../../leads/dealerCalendar.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { badRequest, notFound } from "../problems.ts";

const params = z.object({ id: z.string().min(1).max(64) });
const slot = z.strictObject({
  startsAt: z.iso.datetime(),
  endsAt: z.iso.datetime(),
  bays: z.number().int().min(0).max(1000),
  technicians: z.number().int().min(0).max(1000),
  trained: z
    .partialRecord(z.enum(COMPONENTS), z.number().int().min(0).max(1000))
    .optional()
    .describe("technicians of the slot per component they are trained for; absent: every one of them may do everything"),
});
const placeBody = z.strictObject({
  latitudeDeg: z.number().min(-90).max(90).nullable(),
  longitudeDeg: z.number().min(-180).max(180).nullable(),
  brands: z.array(z.string().min(1).max(40)).max(50).describe("makes the workshop may repair; empty: all"),
});
const tags = ["leads"];

/** What a dealer's own system reports of the workshop. */
export function dealerRoutes(app: ApiApp, { db }: ApiDeps): void {
  app.post(
    "/v1/dealers/:id/calendar",
    {
      schema: {
        summary: "Slots of a workshop with bays, technicians and what those are trained for; replaces those in the same span",
        tags,
        params,
        body: z.strictObject({ slots: z.array(slot).min(1).max(500) }),
        response: { 200: z.object({ slots: z.number().int() }) },
      },
    },
    async (request) => {
      await requireDealer(db, callerOf(request), request.params.id);
      const slots = request.body.slots.map(({ startsAt, endsAt, ...rest }) => ({
        ...{ startsAtMs: Date.parse(startsAt), endsAtMs: Date.parse(endsAt), ...rest },
      }));
      if (slots.some(({ startsAtMs, endsAtMs }) => endsAtMs <= startsAtMs)) throw badRequest("slots: expected an end after the start");
      if (new Set(slots.map(({ startsAtMs }) => startsAtMs)).size < slots.length) throw badRequest("slots: two begin at the same time");
      await db.transaction((tx) => saveCalendar(tx, request.params.id, slots));
      return { slots: slots.length };
    },
  );
  app.post(
    "/v1/dealers/:id/place",
    {
      schema: { summary: "Where a workshop is and which makes it may repair", tags, params, body: placeBody, response: { 200: placeBody } },
    },
    async (request) => {
      const { latitudeDeg, longitudeDeg, brands } = request.body;
      if ((latitudeDeg === null) !== (longitudeDeg === null)) throw badRequest("a place needs latitude and longitude");
      await requireDealer(db, callerOf(request), request.params.id);
      const sql = "UPDATE dealers SET latitude_deg = $2, longitude_deg = $3, brands = $4 WHERE id = $1";
      await db.execute(sql, [request.params.id, latitudeDeg, longitudeDeg, brands]);
      return request.body;
    },
  );
}

/** The dealer exists, and is the caller's own where the caller is a dealer. */
async function requireDealer(db: Queryable, { role, dealerId }: ReturnType<typeof callerOf>, id: string): Promise<void> {
  const known = role === "dealer" && dealerId !== id ? [] : await db.query("SELECT 1 AS one FROM dealers WHERE id = $1", [id], z.unknown());
  if (known.length === 0) throw notFound(`dealer ${id}`);
}
