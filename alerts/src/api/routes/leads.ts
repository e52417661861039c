import { LEAD_STATES } from "@bellwether/contracts/alert";
import { z } from "zod";
import { acceptLead, closeLead } from "../../decisions.ts";
import { readAs } from "../access.ts";
import { findLead, listLeads } from "../alertReads.ts";
import { type ApiApp, type ApiDeps, callerOf, decodeCursor, pageQuery, toPage } from "../context.ts";
import { notFound } from "../problems.ts";
import { closeLeadBodySchema, leadPageSchema, leadSchema } from "../schemas.ts";
import { answer, decisionOf } from "./alerts.ts";

const idParams = z.object({ id: z.string().max(64) });

export function leadRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  app.get(
    "/v1/leads",
    {
      schema: {
        summary: "Leads, offered last first; a dealer sees its own",
        tags: ["leads"],
        querystring: pageQuery.extend({ vin: z.string().max(32).optional(), state: z.enum(LEAD_STATES).optional() }),
        response: { 200: leadPageSchema },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const after = decodeCursor(cursor, 2);
      const rows = await readAs(db, callerOf(request), (tx) => listLeads(tx, { ...filter, after, limit: limit + 1 }));
      return toPage(rows, limit, (row) => [row.offeredAt, row.id]);
    },
  );
  app.get(
    "/v1/leads/:id",
    {
      schema: {
        summary: "A lead with symptom, evidence, operations and parts",
        tags: ["leads"],
        params: idParams,
        response: { 200: leadSchema },
      },
    },
    async (request) => readLead(deps, callerOf(request), request.params.id),
  );
  app.post(
    "/v1/leads/:id/accept",
    { schema: { summary: "The dealer takes the lead", tags: ["leads"], params: idParams, response: { 200: leadSchema } } },
    async (request) => {
      const { id } = request.params;
      // Reading it first with the caller's rights is what keeps another dealer's lead out of reach.
      await readLead(deps, callerOf(request), id);
      answer(await acceptLead(db, id, decisionOf(callerOf(request), "", now())), `lead ${id}`);
      return readLead(deps, callerOf(request), id);
    },
  );
  app.post(
    "/v1/leads/:id/close",
    {
      schema: {
        summary: "What the workshop found; becomes a label for each source of the alert's findings",
        tags: ["leads"],
        params: idParams,
        body: closeLeadBodySchema,
        response: { 200: leadSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { outcome, note } = request.body;
      await readLead(deps, callerOf(request), id);
      answer(await closeLead(db, id, { ...decisionOf(callerOf(request), note, now()), outcome }), `lead ${id}`);
      return readLead(deps, callerOf(request), id);
    },
  );
}

async function readLead({ db }: ApiDeps, caller: ReturnType<typeof callerOf>, id: string) {
  const lead = await readAs(db, caller, (tx) => findLead(tx, id));
  if (lead === null) throw notFound(`lead ${id}`);
  return lead;
}
