import type { GatePolicy } from "@bellwether/analytics/workbench/gate";
import { z } from "zod";
import type { Caller } from "../../identity/apiKeys.ts";
import { lintRule } from "../../workbench/catalogue.ts";
import { promoteRule, rollbackRule, type StepResult, shadowDraft } from "../../workbench/steps.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { notFound, Problem } from "../problems.ts";
import { changeOf, gateOf, rulesPlaceOf } from "../workbenchContext.ts";
import { stepSchema } from "../workbenchSchemas.ts";

const tags = ["workbench"];
const idParams = z.object({ id: z.string().max(100) });
const reason = z.string().trim().min(3).max(500);
const actor = z.string().trim().min(1).max(100).optional().describe("on whose behalf; only an admin's key may say");

const gateAsked = z.strictObject({
  faultsMin: z.number().int().min(0).optional(),
  weeksMin: z.number().min(0).optional(),
  falseBudget: z.number().min(0).optional().describe("most false alerts per 1,000 vehicle-years"),
});

const promotionBody = z.strictObject({
  reason,
  actor,
  championId: z.string().max(100).optional().describe("held against this rule instead of the one it challenges"),
  isForced: z.boolean().default(false).describe("although the gate refuses; only an admin's key may"),
  gate: gateAsked.prefault({}).describe("another gate than the configured one; only an admin's key may say"),
});

/** The steps draft, shadow, live and back; the command line takes them through the same routes. */
export function workbenchStepRoutes(app: ApiApp, deps: ApiDeps): void {
  const { now } = deps;
  const gate = gateOf(deps);
  const stepDeps = { db: deps.db, place: rulesPlaceOf(deps), gate };
  app.post(
    "/v1/drafts/:id/shadow",
    {
      schema: {
        summary: "Put a draft into shadow: judged on live data, nobody is told",
        tags,
        params: idParams,
        response: { 200: stepSchema },
      },
    },
    async (request) =>
      answerOf(await shadowDraft(stepDeps, request.params.id, changeOf(callerOf(request), now())), `draft ${request.params.id}`),
  );
  app.post(
    "/v1/rules/:id/promote",
    {
      schema: {
        summary: "One step on: a draft file into shadow, a shadow rule live; 409 with the reason where examples or gate refuse",
        tags,
        params: idParams,
        body: promotionBody,
        response: { 200: stepSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { gate: asked, actor: onBehalfOf, ...promotion } = request.body;
      const caller = callerOf(request);
      checkPowers(caller, request.body);
      const change = changeOf(caller, now(), onBehalfOf);
      return answerOf(await promoteRule({ ...stepDeps, gate: withAsked(gate, asked) }, id, promotion, change), `rule ${id}`);
    },
  );
  app.post(
    "/v1/rules/:id/rollback",
    {
      schema: {
        summary: "One step back: a live rule gives way to the one it replaced, else goes into shadow; shadow to draft, retired to live",
        tags,
        params: idParams,
        body: z.strictObject({ reason, actor }),
        response: { 200: stepSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const caller = callerOf(request);
      const { reason: why, actor: onBehalfOf } = request.body;
      checkPowers(caller, { actor: onBehalfOf, isForced: false, gate: {} });
      return answerOf(await rollbackRule(stepDeps, id, why, changeOf(caller, now(), onBehalfOf)), `rule ${id}`);
    },
  );
}

/** Passing over the gate, another gate and another's name are for who answers for the installation. */
function checkPowers({ role }: Caller, asked: Pick<z.infer<typeof promotionBody>, "actor" | "isForced" | "gate">): void {
  if (role === "admin") return;
  const more = [
    ...(asked.actor === undefined ? [] : ["actor"]),
    ...(asked.isForced ? ["isForced"] : []),
    ...(Object.keys(asked.gate).length === 0 ? [] : ["gate"]),
  ];
  if (more.length > 0) throw new Problem(403, `${more.join(", ")}: only with the key of an admin`);
}

function withAsked(gate: GatePolicy, asked: z.infer<typeof gateAsked>): GatePolicy {
  const { faultsMin = gate.faultsMin, weeksMin = gate.weeksMin, falseBudget = gate.falseBudget } = asked;
  return { ...gate, faultsMin, weeksMin, falseBudget };
}

function answerOf(result: StepResult, what: string) {
  if (result.kind === "not_found") throw notFound(what);
  if (result.kind === "refused") throw new Problem(409, result.reason);
  const { isWritten, reason: why, ruleId, files } = result;
  const told = files.map(({ file, text, before }) => {
    const rule = lintRule(file, text).rule ?? before?.rule;
    return { file, text, ruleId: rule?.id ?? "", from: before?.rule.status ?? null, to: rule?.status ?? "" };
  });
  return { isWritten, reason: why, ruleId, files: told };
}
