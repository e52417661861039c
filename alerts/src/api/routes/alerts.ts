import { ALERT_STATES, alertSchema } from "@bellwether/contracts/alert";
import { COMPONENTS } from "@bellwether/contracts/finding";
import { z } from "zod";
import { acknowledgeAlert, type Decision, type DecisionResult, dismissAlert } from "../../alert/decisions.ts";
import { NOTIFICATION_STATES } from "../../delivery/delivery.ts";
import { readAs } from "../access.ts";
import { findAlert, listAlerts, listNotifications } from "../alertReads.ts";
import { type ApiApp, type ApiDeps, callerOf, decodeCursor, pageQuery, toPage } from "../context.ts";
import { listFindings } from "../fleetReads.ts";
import { notFound, Problem } from "../problems.ts";
import { alertPageSchema, dismissBodySchema, findingPageSchema, notificationPageSchema } from "../schemas.ts";
import { answerChange, writtenSchema } from "../writeAnswer.ts";

const idParams = z.object({ id: z.string().max(64) });

export function alertRoutes(app: ApiApp, deps: ApiDeps): void {
  listRoutes(app, deps);
  decisionRoutes(app, deps);
}

function listRoutes(app: ApiApp, { db, store }: ApiDeps): void {
  app.get(
    "/v1/findings",
    {
      schema: {
        summary: "Findings, last seen first",
        tags: ["findings"],
        querystring: pageQuery.extend({
          vin: z.string().max(32).optional(),
          component: z.enum(COMPONENTS).optional(),
          source: z.string().max(100).optional().describe("id of a rule or detector"),
          state: z.enum(["active", "cleared"]).optional(),
        }),
        response: { 200: findingPageSchema },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const rows = await listFindings(store, { ...filter, after: decodeCursor(cursor, 3), limit: limit + 1 });
      return toPage(rows, limit, (row) => [row.last_seen, row.vin, row.id]);
    },
  );
  app.get(
    "/v1/alerts",
    {
      schema: {
        summary: "Alerts, last seen first",
        tags: ["alerts"],
        querystring: pageQuery.extend({
          vin: z.string().max(32).optional(),
          component: z.enum(COMPONENTS).optional(),
          state: z.enum(ALERT_STATES).optional(),
        }),
        response: { 200: alertPageSchema },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const after = decodeCursor(cursor, 2);
      const rows = await readAs(db, callerOf(request), (tx) => listAlerts(tx, { ...filter, after, limit: limit + 1 }));
      return toPage(rows, limit, (row) => [row.lastSeenAt, row.id]);
    },
  );
  app.get(
    "/v1/notifications",
    {
      schema: {
        summary: "What owners and dealers were told, newest first, with its delivery",
        tags: ["alerts"],
        querystring: pageQuery.extend({
          vin: z.string().max(32).optional(),
          alertId: z.string().max(64).optional(),
          state: z.enum(NOTIFICATION_STATES).optional(),
        }),
        response: { 200: notificationPageSchema },
      },
    },
    async (request) => {
      const { cursor, limit, ...filter } = request.query;
      const after = decodeCursor(cursor, 2);
      const rows = await readAs(db, callerOf(request), (tx) => listNotifications(tx, { ...filter, after, limit: limit + 1 }));
      return toPage(rows, limit, (row) => [row.createdAt, row.id]);
    },
  );
}

function decisionRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  app.post(
    "/v1/alerts/:id/acknowledge",
    {
      schema: {
        summary: "Somebody is looking at it",
        tags: ["alerts"],
        params: idParams,
        response: { 200: alertSchema, 204: writtenSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      answer(await acknowledgeAlert(db, id, decisionOf(callerOf(request), "", now())), `alert ${id}`);
      return answerChange(reply, callerOf(request), "read", () => readAlert(deps, callerOf(request), id));
    },
  );
  app.post(
    "/v1/alerts/:id/dismiss",
    {
      schema: {
        summary: "It is a false alarm; the same fault stays quiet for the cool-down",
        tags: ["alerts"],
        params: idParams,
        body: dismissBodySchema,
        response: { 200: alertSchema, 204: writtenSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      answer(await dismissAlert(db, id, decisionOf(callerOf(request), request.body.note, now())), `alert ${id}`);
      return answerChange(reply, callerOf(request), "read", () => readAlert(deps, callerOf(request), id));
    },
  );
}

type Caller = ReturnType<typeof callerOf>;

async function readAlert({ db }: ApiDeps, caller: Caller, id: string) {
  const alert = await readAs(db, caller, (tx) => findAlert(tx, id));
  if (alert === null) throw notFound(`alert ${id}`);
  return alert;
}

/** Who decided, for the audit. */
export function decisionOf(caller: Caller, note: string, nowMs: number): Decision {
  return { actor: `${caller.role}:${caller.name}`, note, nowMs };
}

/** Turns what became of a decision into an answer: 404, 409, or nothing to say. */
export function answer(result: DecisionResult, what: string): void {
  if (result === "not_found") throw notFound(what);
  if (result === "conflict") throw new Problem(409, `${what} has been decided otherwise already`);
}
