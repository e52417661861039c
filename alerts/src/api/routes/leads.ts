import { LEAD_STATES } from "@bellwether/contracts/alert";
import { z } from "zod";
import { acceptLead, closeLead, progressLead } from "../../alert/decisions.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf, decodeCursor, pageQuery, toPage } from "../context.ts";
import type { Cars } from "../leadCar.ts";
import { readLeadContext } from "../leadContext.ts";
import type { LeadNeighbours } from "../leadNeighbours.ts";
import { findLead, listLeads } from "../leadReads.ts";
import { closeLeadBodySchema, leadPageSchema, leadSchema, namesIn, progressBodySchema } from "../leadSchemas.ts";
import { notFound } from "../problems.ts";
import type { SourceTexts } from "../sourceTexts.ts";
import type { TrackRecords } from "../trackRecords.ts";
import { answerChange, writtenSchema } from "../writeAnswer.ts";
import { answer, decisionOf } from "./alerts.ts";

const idParams = z.object({ id: z.string().max(64) });
const tags = ["leads"];

/** What reading a whole lead takes beside the API's own parts. */
export interface LeadDeps extends ApiDeps {
  readonly cars: Cars;
  readonly trackRecords: TrackRecords;
  readonly sourceTexts: SourceTexts;
  readonly neighbours: LeadNeighbours;
}

export function leadRoutes(app: ApiApp, deps: LeadDeps): void {
  readRoutes(app, deps);
  decisionRoutes(app, deps);
}

function readRoutes(app: ApiApp, deps: LeadDeps): void {
  app.get(
    "/v1/leads",
    {
      schema: {
        summary: "Leads, offered last first; a dealer sees its own",
        tags,
        querystring: pageQuery.extend({ vin: z.string().max(32).optional(), state: z.enum(LEAD_STATES).optional() }),
        response: { 200: leadPageSchema },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const after = decodeCursor(cursor, 2);
      const rows = await readAs(deps.db, callerOf(request), (tx) => listLeads(tx, { ...filter, after, limit: limit + 1 }));
      return toPage(rows, limit, (row) => [row.offeredAt, row.id]);
    },
  );
  app.get(
    "/v1/leads/:id",
    {
      schema: {
        summary: "A lead with symptom, evidence, operations, parts and what surrounds it",
        tags,
        params: idParams,
        response: { 200: leadSchema },
      },
    },
    async (request) => readLead(deps, callerOf(request), request.params.id),
  );
}

function decisionRoutes(app: ApiApp, deps: LeadDeps): void {
  const { db, now } = deps;
  app.post(
    "/v1/leads/:id/accept",
    { schema: { summary: "The dealer takes the lead", tags, params: idParams, response: { 200: leadSchema, 204: writtenSchema } } },
    async (request, reply) => {
      const { id } = request.params;
      // Reading it first with the caller's rights is what keeps another dealer's lead out of reach.
      await requireLead(deps, callerOf(request), id);
      answer(await acceptLead(db, id, decisionOf(callerOf(request), "", now())), `lead ${id}`);
      return answerChange(reply, callerOf(request), "read", () => readLead(deps, callerOf(request), id));
    },
  );
  app.post(
    "/v1/leads/:id/progress",
    {
      schema: {
        summary: "Owner contacted, visit booked, car in the workshop; never backwards",
        tags,
        params: idParams,
        body: progressBodySchema,
        response: { 200: leadSchema, 204: writtenSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { state, bookedFor, note } = request.body;
      await requireLead(deps, callerOf(request), id);
      const bookedForMs = bookedFor === null ? null : Date.parse(bookedFor);
      answer(await progressLead(db, id, { ...decisionOf(callerOf(request), note, now()), state, bookedForMs }), `lead ${id}`);
      return answerChange(reply, callerOf(request), "read", () => readLead(deps, callerOf(request), id));
    },
  );
  app.post(
    "/v1/leads/:id/close",
    {
      schema: {
        summary: "What the workshop found; becomes a label for each source of the alert's findings",
        tags,
        params: idParams,
        body: closeLeadBodySchema,
        response: { 200: leadSchema, 204: writtenSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { outcome, note, partsUsed, operationsDone } = request.body;
      const work = { partsUsed: namesIn(partsUsed), operationsDone: namesIn(operationsDone) };
      await requireLead(deps, callerOf(request), id);
      answer(await closeLead(db, id, { ...decisionOf(callerOf(request), note, now()), outcome, work }), `lead ${id}`);
      return answerChange(reply, callerOf(request), "read", () => readLead(deps, callerOf(request), id));
    },
  );
}

type Caller = ReturnType<typeof callerOf>;

/** A lead the caller may see, or 404. */
export async function requireLead({ db }: ApiDeps, caller: Caller, id: string) {
  const lead = await readAs(db, caller, (tx) => findLead(tx, id));
  if (lead === null) throw notFound(`lead ${id}`);
  return lead;
}

/** A lead with what surrounds it. */
export async function readLead(deps: LeadDeps, caller: Caller, id: string) {
  const lead = await requireLead(deps, caller, id);
  return { ...lead, context: await readLeadContext({ ...deps, nowMs: deps.now() }, lead) };
}
