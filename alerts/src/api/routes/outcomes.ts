import { wilsonInterval } from "@bellwether/analytics/stats/wilsonInterval";
import { z } from "zod";
import { CASE_SCOPES, closeCase, listCases } from "../../outcomes/engineeringCases.ts";
import { dealerQuality, listUnseen, regionQuality, ruleQuality } from "../../outcomes/qualityReads.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { notFound } from "../problems.ts";

const DAY_MS = 86_400_000;
const count = z.number().int().nonnegative();
const instant = z.iso.datetime();
const tags = ["outcomes"];
const sinceQuery = z.object({ days: z.coerce.number().int().min(1).max(3660).default(365) });

/** A share with its 90 % interval; null while there are fewer than five. */
const shareSchema = z.object({ share: z.number(), low: z.number(), high: z.number() }).nullable();
const SHARE_MIN = 5;

function shareOf(part: number, whole: number): z.infer<typeof shareSchema> {
  if (whole < SHARE_MIN) return null;
  const [low, high] = wilsonInterval(part, whole);
  return { share: part / whole, low, high };
}

const dealerSchema = z.object({
  dealerId: z.string(),
  ...{ leads: count, accepted: count, acceptedInTime: count, overdue: count, closed: count },
  ...{ confirmed: count, noFaultFound: count, declined: count, checked: count, repeats: count },
  hoursToAcceptMedian: z.number().nullable(),
  daysToCloseMedian: z.number().nullable(),
  noFaultShare: shareSchema,
  repeatShare: shareSchema,
});
const ruleSchema = z.object({
  ruleId: z.string(),
  ruleVersion: count,
  ...{ alerts: count, told: count, dismissed: count, verdicts: count, confirmed: count, falseAlarms: count, otherFault: count },
  ...{ checked: count, repeats: count },
  falseAlarmShare: shareSchema,
  repeatShare: shareSchema,
});
const regionSchema = z.object({
  ...{ region: z.string(), component: z.string(), closed: count, checked: count, repeats: count },
  repeatShare: shareSchema,
  /** More than the limit of the repairs looked at again had not held; null while there are fewer than five. */
  isReported: z.boolean().nullable(),
});
const caseSchema = z.object({
  id: z.string(),
  scope: z.enum(CASE_SCOPES).describe("fleet: from before cases were of a dealer or a model"),
  scopeId: z.string().describe("the dealer's id or the model"),
  ...{ sourceId: z.string(), component: z.string(), vins: z.array(z.string()) },
  ...{ openedAt: instant, closedAt: instant.nullable(), closedBy: z.string().nullable(), note: z.string() },
});
const unseenSchema = z.object({
  ...{ vin: z.string(), alertId: z.string(), component: z.string(), severity: z.string(), openedAt: instant },
  ...{ dealerId: z.string().nullable(), lastSignAt: instant.nullable() },
});

/** What came of it: how dealers and rules do, what engineering should look at, whom nobody has seen. */
export function outcomeRoutes(app: ApiApp, deps: ApiDeps): void {
  qualityRoutes(app, deps);
  regionRoutes(app, deps);
  caseRoutes(app, deps);
}

/** Repeat repairs above this share in a region are reported. */
const REPEAT_LIMIT = 0.05;

function regionRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/quality/regions",
    {
      schema: {
        summary: "Repeat repairs by region and component; reported above 5 %",
        tags,
        querystring: sinceQuery,
        response: { 200: z.object({ items: z.array(regionSchema) }) },
      },
    },
    async (request) => {
      const rows = await readAs(db, callerOf(request), (tx) => regionQuality(tx, now() - request.query.days * DAY_MS));
      return {
        items: rows.map((row) => {
          const repeatShare = shareOf(row.repeats, row.checked);
          return { ...row, repeatShare, isReported: repeatShare === null ? null : repeatShare.share > REPEAT_LIMIT };
        }),
      };
    },
  );
}

function qualityRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  const listOf = <T extends z.ZodType>(item: T) => ({ 200: z.object({ items: z.array(item) }) });
  app.get(
    "/v1/quality/dealers",
    { schema: { summary: "Dealers: in time, false alarms, repeats", tags, querystring: sinceQuery, response: listOf(dealerSchema) } },
    async (request) => {
      const rows = await readAs(db, callerOf(request), (tx) => dealerQuality(tx, now() - request.query.days * DAY_MS));
      return {
        items: rows.map((row) => ({
          ...row,
          noFaultShare: shareOf(row.noFaultFound, row.closed - row.declined),
          repeatShare: shareOf(row.repeats, row.checked),
        })),
      };
    },
  );
  app.get(
    "/v1/quality/rules",
    { schema: { summary: "Rule versions: verdicts, false alarms, repeats", tags, querystring: sinceQuery, response: listOf(ruleSchema) } },
    async (request) => {
      const rows = await readAs(db, callerOf(request), (tx) => ruleQuality(tx, now() - request.query.days * DAY_MS));
      return {
        items: rows.map((row) => ({
          ...row,
          falseAlarmShare: shareOf(row.falseAlarms, row.verdicts),
          repeatShare: shareOf(row.repeats, row.checked),
        })),
      };
    },
  );
  app.get(
    "/v1/quality/unseen",
    {
      schema: {
        summary: "Running alerts whose car and owner nobody has seen for some days, worst first",
        tags,
        querystring: z.object({
          days: z.coerce.number().int().min(1).max(3660).default(90),
          limit: z.coerce.number().int().min(1).max(1000).default(200),
        }),
        response: listOf(unseenSchema),
      },
    },
    // As the owner of the tables: wishes and visits are no part of what a role may read row by row.
    async ({ query }) => ({ items: await listUnseen(db, { ...query, nowMs: now() }) }),
  );
}

function caseRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/engineering-cases",
    {
      schema: {
        summary: "Failures that visits at a dealer, or of a model, confirmed on three or more cars in a row within 90 days",
        tags,
        response: { 200: z.object({ items: z.array(caseSchema) }) },
      },
    },
    async (request) => ({ items: await readAs(db, callerOf(request), listCases) }),
  );
  app.post(
    "/v1/engineering-cases/:id/close",
    {
      schema: {
        summary: "What engineering did about it",
        tags,
        params: z.object({ id: z.string().max(64) }),
        body: z.strictObject({ note: z.string().trim().min(3).max(2000) }),
        response: { 200: caseSchema },
      },
    },
    async (request) => {
      const { role, name } = callerOf(request);
      const closed = await closeCase(db, { id: request.params.id, actor: `${role}:${name}`, note: request.body.note }, now());
      if (closed === null) throw notFound(`case ${request.params.id}`);
      return closed;
    },
  );
}
