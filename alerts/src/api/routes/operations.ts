import { ALERT_STATES, LEAD_STATES, OUTCOMES } from "@bellwether/contracts/alert";
import { SEVERITIES } from "@bellwether/contracts/finding";
import { z } from "zod";
import { NOTIFICATION_STATES } from "../../delivery/delivery.ts";
import { readAs } from "../access.ts";
import { tally } from "../alertReads.ts";
import { type ApiApp, type ApiDeps, callerOf, decodeCursor, pageQuery, toPage } from "../context.ts";
import { countFindings } from "../fleetReads.ts";
import { listLabels, listLedger, readFleet, readIngest, readRejected } from "../operationReads.ts";
import { labelPageSchema, ledgerSchema, overviewSchema, rejectedSchema, sessionSchema } from "../schemas.ts";

const limitQuery = z.object({ limit: z.coerce.number().int().min(1).max(500).default(100) });

export function operationRoutes(app: ApiApp, deps: ApiDeps): void {
  const { store } = deps;
  app.get(
    "/v1/session",
    { schema: { summary: "Whose key this is", tags: ["session"], response: { 200: sessionSchema } } },
    async (request) => {
      const { name, role, dealerId, vin, expiresAtMs } = callerOf(request);
      return { name, role, dealerId, vin, expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString() };
    },
  );
  app.get(
    "/v1/overview",
    { schema: { summary: "The fleet in numbers", tags: ["fleet"], response: { 200: overviewSchema } } },
    async (request) => readOverview(deps, callerOf(request)),
  );
  app.get(
    "/v1/labels",
    {
      schema: {
        summary: "What workshops and engineers found, newest first",
        tags: ["labels"],
        querystring: pageQuery.extend({ vin: z.string().max(32).optional(), source: z.string().max(100).optional() }),
        response: { 200: labelPageSchema },
      },
    },
    async ({ query: { cursor, limit, ...filter } }) => {
      const rows = await listLabels(store, { ...filter, after: decodeCursor(cursor, 2), limit: limit + 1 });
      return toPage(rows, limit, (row) => [row.at, row.id]);
    },
  );
  app.get(
    "/v1/rejected",
    {
      schema: {
        summary: "Records that could not be read: counts by reason, and the newest",
        tags: ["pipeline"],
        querystring: limitQuery,
        response: { 200: rejectedSchema },
      },
    },
    async ({ query }) => readRejected(store, query.limit),
  );
  app.get(
    "/v1/ledger",
    {
      schema: {
        summary: "Insert blocks: which offsets each covers and what became of them",
        tags: ["pipeline"],
        querystring: limitQuery,
        response: { 200: ledgerSchema },
      },
    },
    async ({ query }) => ({ items: await listLedger(store, query.limit) }),
  );
}

async function readOverview({ store, db }: ApiDeps, caller: ReturnType<typeof callerOf>) {
  const [fleet, ingest, findingsByComponent, rows] = await Promise.all([
    readFleet(store),
    readIngest(store),
    countFindings(store),
    readAs(db, caller, tally),
  ]);
  const numberOf = (list: string, key: string) => rows.find((row) => row.list === list && row.key === key)?.n ?? 0;
  return {
    ...fleet,
    vehiclesWithAlerts: numberOf("vehicles", "withAlerts"),
    alertsBySeverity: countsOf(SEVERITIES, (key) => numberOf("alertSeverity", key)),
    alertsByState: countsOf(ALERT_STATES, (key) => numberOf("alertState", key)),
    leadsByState: countsOf(LEAD_STATES, (key) => numberOf("leadState", key)),
    leadsOverdue: numberOf("leads", "overdue"),
    leadsByOutcome: countsOf(OUTCOMES, (key) => numberOf("verdicts", key)),
    notificationsByState: countsOf(NOTIFICATION_STATES, (key) => numberOf("notificationState", key)),
    findingsByComponent,
    ingest,
  };
}

function countsOf<K extends string>(keys: readonly K[], numberOf: (key: K) => number): Record<K, number> {
  return z.record(z.enum(keys), z.number()).parse(Object.fromEntries(keys.map((key) => [key, numberOf(key)])));
}
