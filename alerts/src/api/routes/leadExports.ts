import { z } from "zod";
import { parseUrl } from "../../channels/httpExchange.ts";
import { createLeadWebhook, endLeadWebhook, listLeadWebhooks } from "../../leads/leadEvents.ts";
import { type AdfLead, leadsToCsv, leadToAdf, leadToStar } from "../../leads/leadExports.ts";
import { findConsent } from "../../owners/consents.ts";
import { recordPersonalRead } from "../../privacy/personalReads.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { listLeads } from "../leadReads.ts";
import { leadContactSchema } from "../leadSchemas.ts";
import { badRequest, notFound, Problem } from "../problems.ts";
import { type LeadDeps, readLead, requireLead } from "./leads.ts";

const idParams = z.object({ id: z.string().max(64) });
const CSV_ROWS_MAX = 10_000;
const tags = ["leads"];

/** Leads for other systems: files, webhooks, and the one way to an owner's name. */
export function leadExportRoutes(app: ApiApp, deps: LeadDeps): void {
  fileRoutes(app, deps);
  contactRoute(app, deps);
  webhookRoutes(app, deps);
}

function fileRoutes(app: ApiApp, deps: LeadDeps): void {
  app.get("/v1/leads.csv", { schema: { summary: `The newest ${CSV_ROWS_MAX} leads as CSV`, tags } }, async (request, reply) => {
    const leads = await readAs(deps.db, callerOf(request), (tx) => listLeads(tx, { limit: CSV_ROWS_MAX }));
    return reply.type("text/csv; charset=utf-8").serializer(String).send(leadsToCsv(leads));
  });
  app.get("/v1/leads/:id/adf", { schema: { summary: "A lead as ADF/XML 1.0", tags, params: idParams } }, async (request, reply) => {
    const lead = await readLead(deps, callerOf(request), request.params.id);
    return reply
      .type("application/xml; charset=utf-8")
      .serializer(String)
      .send(leadToAdf(exportedOf(lead)));
  });
  app.get("/v1/leads/:id/star", { schema: { summary: "A lead as STAR-style XML", tags, params: idParams } }, async (request, reply) => {
    const lead = await readLead(deps, callerOf(request), request.params.id);
    const { appointments, evidenceSha256 } = lead.context;
    const xml = leadToStar({ ...exportedOf(lead), appointments, evidenceSha256 }, new Date(deps.now()).toISOString());
    return reply.type("application/xml; charset=utf-8").serializer(String).send(xml);
  });
}

/** The lead as the files need it. */
function exportedOf(lead: Awaited<ReturnType<typeof readLead>>): AdfLead {
  return {
    ...lead,
    model: lead.context.vehicle?.model ?? null,
    builtOn: lead.context.vehicle?.builtOn ?? null,
    softwareVersion: lead.context.vehicle?.softwareVersion ?? null,
    payer: lead.context.warranty.payer,
    symptom: lead.technicianSymptom,
    operations: lead.operations.en,
    parts: lead.parts.en,
    evidence: lead.evidence.map(({ sentence }) => sentence.en),
  };
}

const contactRow = leadContactSchema.omit({ consentTextVersion: true, consentAt: true });

/** Name and address of an owner: only with the owner's consent to be called by a dealer, and every reading is kept. */
function contactRoute(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  app.get(
    "/v1/leads/:id/contact",
    {
      schema: {
        summary: "The owner's name and address, with consent only; every reading is on record",
        tags,
        params: idParams,
        response: { 200: leadContactSchema },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const { vin, id } = await requireLead(deps, caller, request.params.id);
      const consent = await findConsent(db, vin, "dealer_contact");
      if (!consent?.given) throw new Problem(403, "the owner has not agreed to be contacted by a dealer");
      await recordPersonalRead(db, { actor: `${caller.role}:${caller.name}`, vin, why: `lead ${id}` }, now());
      const [contact] = await db.query(
        `SELECT vin, name, language, channel, address, time_zone AS "timeZone" FROM vehicle_contacts WHERE vin = $1`,
        [vin],
        contactRow,
      );
      if (contact === undefined) throw notFound(`owner of vehicle ${vin}`);
      return { ...contact, consentTextVersion: consent.text_version, consentAt: new Date(consent.at).toISOString() };
    },
  );
}

const webhookSchema = z.object({
  id: z.string(),
  dealerId: z.string().nullable(),
  url: z.string(),
  createdBy: z.string(),
  createdAt: z.iso.datetime(),
});
const webhookBody = z.strictObject({ dealerId: z.string().max(64).nullable().default(null), url: z.url().max(2000) });

function webhookRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/lead-webhooks",
    { schema: { summary: "Who hears of lead changes", tags, response: { 200: z.object({ items: z.array(webhookSchema) }) } } },
    async (request) => ({ items: await readAs(db, callerOf(request), listLeadWebhooks) }),
  );
  app.post(
    "/v1/lead-webhooks",
    {
      schema: {
        summary: "Tell a system of lead changes, of one dealer or all; signed after Standard Webhooks",
        tags,
        body: webhookBody,
        response: { 200: webhookSchema },
      },
    },
    async (request) => {
      const { role, name } = callerOf(request);
      const { dealerId, url } = request.body;
      if (parseUrl(url) === null) throw badRequest("url: expected an http or https address without a password");
      const known = await db.query("SELECT 1 AS one FROM dealers WHERE id = $1", [dealerId], z.unknown());
      if (dealerId !== null && known.length === 0) throw notFound(`dealer ${dealerId}`);
      const made = await createLeadWebhook(db, { dealerId, url, actor: `${role}:${name}` }, now());
      if (made === undefined) throw new Error("the new webhook was not returned");
      return made;
    },
  );
  app.post(
    "/v1/lead-webhooks/:id/end",
    { schema: { summary: "Tell it no more", tags, params: idParams, response: { 200: z.object({ id: z.string() }) } } },
    async ({ params: { id } }) => {
      if (!(await endLeadWebhook(db, id, now()))) throw notFound(`webhook ${id}`);
      return { id };
    },
  );
}
