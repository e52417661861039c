import { judgedHash } from "@bellwether/analytics/rules/judgedHash";
import { withParameters } from "@bellwether/analytics/workbench/edits";
import { explain } from "@bellwether/analytics/workbench/explain";
import { backtestHtml, comparisonHtml } from "@bellwether/analytics/workbench/report/reportHtml";
import { BellwetherError } from "@bellwether/contracts/errors";
import { z } from "zod";
import { lintRule, readRuleFiles } from "../../workbench/catalogue.ts";
import { findDraft } from "../../workbench/drafts.ts";
import { unknownVehicles } from "../../workbench/labels.ts";
import { explanationSchema } from "../../workbench/reportSchemas.ts";
import { type Judged, requestOf, type Scope, type Subject, scopeSchema, subjectSchema, sweepSchema } from "../../workbench/requests.ts";
import { createRunner, QueueFull, type RunTask } from "../../workbench/runner.ts";
import { findRun, listRuns, type StoredRun } from "../../workbench/runs.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { badRequest, notFound, Problem } from "../problems.ts";
import { gateOf, rulesPlaceOf } from "../workbenchContext.ts";
import { runAnswerSchema, runDetailSchema } from "../workbenchSchemas.ts";

const tags = ["workbench"];
const idParams = z.object({ id: z.string().max(64) });
const UNKNOWN_TOLD = 100;
const started = z.object({
  id: z.string(),
  unknownVehicles: z
    .array(z.string())
    .max(UNKNOWN_TOLD)
    .describe("vehicles of the request's labels that nobody has heard of, the first of them"),
});
/** Labels of a large fleet may come with a run. */
const BODY_BYTES_MAX = 32 * 2 ** 20;

/** Back-tests, comparisons and explanations. Runs go one at a time; the answer is an id to come back with. */
export function workbenchRunRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, store, logger, now } = deps;
  const runner = createRunner({ db, store, logger, now });
  app.addHook("onClose", () => runner.close());
  const submit = async ({ labels }: Scope, ...run: Parameters<typeof runner.submit>) => ({
    id: await runner.submit(...run).catch(refuse),
    unknownVehicles: (await unknownVehicles(store, labels ?? [])).slice(0, UNKNOWN_TOLD),
  });
  app.post(
    "/v1/backtests",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "When a rule would have fired, and how many of those were real; refused at once where it would exceed its limits",
        tags,
        body: scopeSchema.extend({ rule: subjectSchema, sweep: sweepSchema }),
        response: { 202: started },
      },
    },
    async (request, reply) => {
      const { rule: subject, sweep, ...scope } = request.body;
      const judged = await resolve(deps, subject);
      const task: RunTask = { kind: "backtest", request: await requestOf(deps, judged, scope, { parameters: subject.parameters, sweep }) };
      const about = {
        ruleId: judged.ruleId,
        ruleHash: hashOfSubject(judged, subject),
        championHash: null,
        askedBy: callerOf(request).name,
      };
      return reply.code(202).send(await submit(scope, about, task));
    },
  );
  app.post(
    "/v1/comparisons",
    {
      bodyLimit: BODY_BYTES_MAX,
      schema: {
        summary: "Champion against challenger over the same history, with what the gate says",
        tags,
        body: scopeSchema.extend({ champion: subjectSchema, challenger: subjectSchema }),
        response: { 202: started },
      },
    },
    async (request, reply) => {
      const { champion, challenger, ...scope } = request.body;
      const [a, b] = [await resolve(deps, champion), await resolve(deps, challenger)];
      const task: RunTask = {
        kind: "comparison",
        champion: await requestOf(deps, a, scope, { parameters: champion.parameters, sweep: [] }),
        challenger: await requestOf(deps, b, scope, { parameters: challenger.parameters, sweep: [] }),
        gate: gateOf(deps),
      };
      const hashes = { ruleHash: hashOfSubject(b, challenger), championHash: hashOfSubject(a, champion) };
      return reply.code(202).send(await submit(scope, { ruleId: b.ruleId, ...hashes, askedBy: callerOf(request).name }, task));
    },
  );
  app.post(
    "/v1/backtests/:id/cancel",
    {
      schema: {
        summary: "Stop a run that waits or runs",
        tags,
        params: idParams,
        response: { 200: z.object({ isCancelled: z.boolean() }) },
      },
    },
    async (request) => {
      await readRun(deps, callerOf(request), request.params.id);
      return { isCancelled: await runner.cancel(request.params.id) };
    },
  );
  readRoutes(app, deps);
  explainRoute(app, deps);
}

function refuse(error: unknown): never {
  if (error instanceof QueueFull) throw new Problem(429, error.message);
  if (error instanceof BellwetherError && error.code === "config_invalid") throw new Problem(422, error.message);
  throw error;
}

function readRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, now } = deps;
  app.get(
    "/v1/backtests",
    {
      schema: {
        summary: "Back-tests and comparisons, newest first",
        tags,
        querystring: z.object({ ruleId: z.string().max(100).optional(), limit: z.coerce.number().int().min(1).max(200).default(20) }),
        response: { 200: z.object({ items: z.array(runAnswerSchema) }) },
      },
    },
    async (request) => {
      const { ruleId = null, limit } = request.query;
      return { items: await readAs(db, callerOf(request), (tx) => listRuns(tx, { ruleId, limit }, now())) };
    },
  );
  app.get(
    "/v1/backtests/:id",
    { schema: { summary: "How far a run is, and what came out", tags, params: idParams, response: { 200: runDetailSchema } } },
    async (request) => {
      const { result, ...run } = await readRun(deps, callerOf(request), request.params.id);
      return {
        ...run,
        report: result?.kind === "backtest" ? result.report : null,
        comparison: result?.kind === "comparison" ? result.comparison : null,
      };
    },
  );
  app.get(
    "/v1/backtests/:id/report.html",
    { schema: { summary: "The report as one self-contained file", tags, params: idParams, produces: ["text/html"] } },
    async (request, reply) => {
      const { result } = await readRun(deps, callerOf(request), request.params.id);
      if (result === null) throw new Problem(409, "this run has no result");
      const html = result.kind === "backtest" ? backtestHtml(result.report) : comparisonHtml(result.comparison);
      return reply
        .type("text/html; charset=utf-8")
        .header("content-disposition", `attachment; filename="${request.params.id}.html"`)
        .send(html);
    },
  );
}

async function readRun({ db, now }: ApiDeps, caller: ReturnType<typeof callerOf>, id: string): Promise<StoredRun> {
  const run = await readAs(db, caller, (tx) => findRun(tx, id, now()));
  if (run === null) throw notFound(`run ${id}`);
  return run;
}

function explainRoute(app: ApiApp, deps: ApiDeps): void {
  app.get(
    "/v1/explain",
    {
      schema: {
        summary: "Why a rule fired or did not, for a vehicle and a time: each clause with its value, its threshold and what was missing",
        tags,
        querystring: z.object({
          rule: z.string().max(100).optional(),
          draft: z.string().max(64).optional(),
          vin: z.string().min(1).max(32),
          at: z.iso.datetime(),
        }),
        response: { 200: explanationSchema },
      },
    },
    async ({ query: { rule: ruleId, draft: draftId, vin, at } }) => {
      const judged = await resolve(deps, {
        ...(ruleId === undefined ? {} : { ruleId }),
        ...(draftId === undefined ? {} : { draftId }),
        parameters: {},
      });
      const { rule, problems } = lintRule(judged.file, judged.text);
      if (rule === null) throw new Problem(422, problems.map(({ message }) => message).join("\n"));
      return explanationSchema.parse(await explain(deps.store, rule, { vin, askedMs: Date.parse(at) }));
    },
  );
}

/** The text a subject stands for. */
async function resolve(deps: ApiDeps, { ruleId, draftId, text }: Subject): Promise<Judged> {
  if ([ruleId, draftId, text].filter((given) => given !== undefined).length !== 1)
    throw badRequest("expected one of ruleId, draftId and text");
  if (text !== undefined) return { file: "rule.yaml", text, ruleId: lintRule("rule.yaml", text).rule?.id ?? "rule" };
  if (draftId !== undefined) {
    const draft = await findDraft(deps.db, draftId);
    if (draft === null) throw notFound(`draft ${draftId}`);
    return { file: `${draft.ruleId}.yaml`, text: draft.text, ruleId: draft.ruleId };
  }
  const file = (await readRuleFiles(rulesPlaceOf(deps).dir)).find(({ rule }) => rule.id === ruleId);
  if (file === undefined || ruleId === undefined) throw notFound(`rule ${ruleId}`);
  return { file: file.file, text: file.text, ruleId };
}

/** Empty where the text cannot be read; submitting it says why. */
function hashOfSubject({ file, text }: Judged, { parameters }: Subject): string {
  const { rule } = lintRule(file, text);
  if (rule === null) return "";
  const edited = withParameters(rule, parameters);
  return edited.ok ? judgedHash(edited.value) : "";
}
