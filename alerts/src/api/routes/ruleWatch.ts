import { watchShadow } from "@bellwether/analytics/workbench/shadow/watchShadow";
import { z } from "zod";
import { readRuleFiles } from "../../workbench/catalogue.ts";
import type { ApiApp, ApiDeps } from "../context.ts";
import { badRequest, notFound } from "../problems.ts";
import { rulesPlaceOf } from "../workbenchContext.ts";
import { ruleWatchSchema } from "../workbenchSchemas.ts";

const DAY_MS = 86_400_000;
/** Two windows of reports are read for it. */
const DAYS_MAX = 90;

const query = z.object({
  to: z.iso.datetime().optional().describe("end of the time watched; default: the newest report"),
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(DAYS_MAX)
    .default(7)
    .describe("how long it is; the same time before it is what it is held against"),
  referenceFrom: z.iso.datetime().optional().describe("begin of the earlier time, which ends where the watched one begins"),
  budget: z.coerce.number().positive().optional().describe("alerts per 1,000 vehicle-years the rule may give"),
});

/** From the table's index of its months: reads no rows. */
async function newestReportMs({ store, now }: ApiDeps): Promise<number> {
  const [row] = await store.query(
    "SELECT count() AS n, toUnixTimestamp64Milli(max(event_time)) AS ms FROM telemetry",
    z.object({ n: z.number(), ms: z.number() }),
  );
  return row === undefined || row.n === 0 ? now() : Math.min(now(), row.ms + 1);
}

/** How a live or shadow rule does against an earlier time. */
export function ruleWatchRoutes(app: ApiApp, deps: ApiDeps): void {
  const place = rulesPlaceOf(deps);
  app.get(
    "/v1/rules/:id/watch",
    {
      schema: {
        summary: "What a rule told against a budget, reports not evaluated, and drift of what it reads, per model",
        tags: ["rules"],
        params: z.object({ id: z.string().max(100) }),
        querystring: query,
        response: { 200: ruleWatchSchema },
      },
    },
    async ({ params: { id }, query: { to, days, referenceFrom, budget = null } }) => {
      const file = (await readRuleFiles(place.dir)).find(({ rule }) => rule.id === id);
      if (file === undefined) throw notFound(`rule ${id}`);
      const toMs = to === undefined ? await newestReportMs(deps) : Date.parse(to);
      if (toMs > deps.now() + DAY_MS) throw badRequest("to: expected a time that has come");
      const fromMs = toMs - days * DAY_MS;
      const now = { fromMs, toMs };
      const before = { fromMs: referenceFrom === undefined ? fromMs - days * DAY_MS : Date.parse(referenceFrom), toMs: fromMs };
      if (!(before.fromMs < fromMs) || before.toMs - before.fromMs > DAYS_MAX * DAY_MS) {
        throw badRequest(`referenceFrom: expected 1 to ${DAYS_MAX} days before the time watched`);
      }
      const watch = await watchShadow(deps.store, file.rule, { before, now, budget });
      return { ...watch, fromMs, toMs, models: watch.models.map((model) => ({ ...model, psi: { ...model.psi } })) };
    },
  );
}
