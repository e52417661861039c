import { COMPONENTS } from "@bellwether/contracts/finding";
import { z } from "zod";
import { createSilence, endSilence, listSilences } from "../../routing/silences.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { badRequest, notFound } from "../problems.ts";

const YEAR_MS = 366 * 86_400_000;
const instant = z.iso.datetime();

const silenceSchema = z.object({
  id: z.string(),
  vin: z.string().nullable(),
  component: z.enum(COMPONENTS).nullable(),
  ruleId: z.string().nullable(),
  from: instant,
  until: instant,
  reason: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  endedBy: z.string().nullable(),
  endedAt: instant.nullable(),
});

const silenceBody = z.strictObject({
  vin: z.string().min(1).max(32).nullable().default(null),
  component: z.enum(COMPONENTS).nullable().default(null),
  ruleId: z.string().min(1).max(100).nullable().default(null).describe("id of a rule or detector"),
  from: instant.optional().describe("event time; now when absent"),
  until: instant,
  reason: z.string().trim().min(3).max(500),
});

const tags = ["alerts"];

export function silenceRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/silences",
    { schema: { summary: "Silences, newest first", tags, response: { 200: z.object({ items: z.array(silenceSchema) }) } } },
    async (request) => ({ items: await readAs(db, callerOf(request), (tx) => listSilences(tx, 500)) }),
  );
  app.post(
    "/v1/silences",
    {
      schema: {
        summary: "Keep a vehicle, component or rule quiet until a time; critical passes",
        tags,
        body: silenceBody,
        response: { 200: silenceSchema },
      },
    },
    async (request) => {
      const { from, until, ...about } = request.body;
      const fromMs = from === undefined ? now() : Date.parse(from);
      const untilMs = Date.parse(until);
      if (about.vin === null && about.component === null && about.ruleId === null) throw badRequest("expected a vin, component or ruleId");
      if (untilMs <= fromMs || untilMs - fromMs > YEAR_MS) throw badRequest("until: expected a time after from, at most a year later");
      const { role, name } = callerOf(request);
      const made = await createSilence(db, { ...about, fromMs, untilMs, actor: `${role}:${name}` }, now());
      if (made === undefined) throw new Error("the new silence was not returned");
      return made;
    },
  );
  app.post(
    "/v1/silences/:id/end",
    { schema: { summary: "End a silence now", tags, params: z.object({ id: z.string().max(64) }), response: { 200: silenceSchema } } },
    async (request) => {
      const { role, name } = callerOf(request);
      const ended = await endSilence(db, request.params.id, `${role}:${name}`, now());
      if (ended === null) throw notFound(`silence ${request.params.id}`);
      return ended;
    },
  );
}
