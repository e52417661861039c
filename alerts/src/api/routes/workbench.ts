import type { DetectorTexts } from "@bellwether/analytics/rules/schema";
import { editYaml, type RuleFileOnDisk } from "@bellwether/analytics/workbench/ruleFiles";
import { z } from "zod";
import { withFileAudit } from "../../workbench/auditFile.ts";
import { lintRule, readDetectorFolder, readRuleFiles, readRuleFolder } from "../../workbench/catalogue.ts";
import { createDraft, findDraft, listDrafts, listRuleEvents, updateDraft } from "../../workbench/drafts.ts";
import { type LiveScore, readLiveScores } from "../../workbench/liveScore.ts";
import { placeState } from "../../workbench/steps.ts";
import { readAs } from "../access.ts";
import { type ApiApp, type ApiDeps, callerOf } from "../context.ts";
import { notFound, Problem } from "../problems.ts";
import { changeOf, rulesPlaceOf } from "../workbenchContext.ts";
import { draftAnswerSchema, lintSchema, ruleDetailSchema, ruleListSchema } from "../workbenchSchemas.ts";
import { workbenchStepRoutes } from "./workbenchSteps.ts";

const tags = ["workbench"];
const idParams = z.object({ id: z.string().max(100) });
const text = z.string().min(1).max(60_000).describe("the rule as YAML");
const note = z.string().max(500).default("");

/** Rules as data: the catalogue with its live score, drafts, and the steps draft, shadow, live. */
export function workbenchRoutes(app: ApiApp, deps: ApiDeps): void {
  catalogueRoutes(app, deps);
  draftRoutes(app, deps);
  workbenchStepRoutes(app, deps);
}

function catalogueRoutes(app: ApiApp, deps: ApiDeps): void {
  const { db, store, now } = deps;
  const place = rulesPlaceOf(deps);
  const scores = (files: readonly RuleFileOnDisk[]) => readLiveScores(store, new Map(files.map(({ rule }) => [rule.id, rule])), now());
  app.get(
    "/v1/rules",
    {
      schema: {
        summary: "Rules with their status and what became of their firings, and detectors with their settings",
        tags,
        response: { 200: ruleListSchema },
      },
    },
    async () => {
      const [rules, detectors] = await Promise.all([readRuleFolder(place.dir), readDetectorFolder(place.dir)]);
      const live = await scores(rules.files);
      return {
        items: rules.files.map((file) => summaryOf(file, live)),
        detectors: detectors.files.map(detectorOf),
        problems: [...rules.problems, ...detectors.problems],
        dir: await placeState(place),
      };
    },
  );
  app.get(
    "/v1/rules/:id",
    {
      schema: {
        summary: "One rule: text, parameters, overrides, evidence, drafts, history",
        tags,
        params: idParams,
        response: { 200: ruleDetailSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const files = await readRuleFiles(place.dir);
      const file = files.find(({ rule }) => rule.id === id);
      if (file === undefined) throw notFound(`rule ${id}`);
      const [events, drafts] = await readAs(
        db,
        callerOf(request),
        async (tx) => [await listRuleEvents(tx, id, 50), await listDrafts(tx, id, 20)] as const,
      );
      const history = await withFileAudit(place.dir, id, events);
      return { ...summaryOf(file, await scores([file])), ...detailOf(file), events: history.slice(0, 50), drafts: [...drafts] };
    },
  );
  app.post(
    "/v1/rules/lint",
    {
      schema: {
        summary: "Checks a rule's text; with parameters, also gives the text with these as its defaults",
        tags,
        body: z.strictObject({ text: z.string().max(60_000), parameters: z.record(z.string(), z.number()).default({}) }),
        response: { 200: lintSchema.extend({ text: z.string() }) },
      },
    },
    async ({ body }) => {
      const edited = withDefaults(body.text, body.parameters);
      const { rule, problems } = lintRule("rule.yaml", edited);
      return { text: edited, problems: [...problems], parameters: rule?.parameters ?? null, threshold: rule?.measure.threshold ?? null };
    },
  );
}

function withDefaults(yaml: string, parameters: Readonly<Record<string, number>>): string {
  const edits = Object.entries(parameters).map(([name, value]) => ({ path: ["parameters", name, "default"], value }));
  return edits.length === 0 ? yaml : editYaml(yaml, edits);
}

function summaryOf({ rule }: RuleFileOnDisk, live: ReadonlyMap<string, LiveScore>) {
  const { id, version, status, component, severity, title, owner, challenges } = rule;
  return {
    id,
    version,
    status,
    component,
    severity,
    title,
    owner,
    challenges: challenges ?? null,
    live: live.get(id) ?? null,
  };
}

function detailOf({ file, text, rule }: RuleFileOnDisk) {
  const { description, parameters, measure, overrides, evidence } = rule;
  return {
    file,
    text,
    description,
    ...knowledgeOf(rule),
    parameters,
    threshold: measure.threshold,
    overrides: overridesOf(overrides),
    evidence: evidence ?? null,
  };
}

function detectorOf({ id, version, status, component, severity, title, owner, description, ...rest }: DetectorTexts) {
  const { parameters, overrides } = rest;
  const head = { id, version, status, component, severity, title, owner, description };
  return { ...head, ...knowledgeOf(rest), parameters, overrides: overridesOf(overrides) };
}

type Known = Pick<DetectorTexts, "rationale" | "rationaleZh" | "catches" | "catchesZh" | "falsePositives" | "falsePositivesZh">;

function knowledgeOf({ rationale, rationaleZh = "", catches, catchesZh = [], falsePositives, falsePositivesZh = [] }: Known) {
  return { rationale, rationaleZh, catches, catchesZh, falsePositives, falsePositivesZh };
}

function overridesOf(overrides: DetectorTexts["overrides"]) {
  return overrides.map(({ where, set }) => ({
    where: Object.fromEntries(Object.entries(where).flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))),
    set,
  }));
}

function draftRoutes(app: ApiApp, { db, now }: ApiDeps): void {
  app.get(
    "/v1/drafts",
    {
      schema: {
        summary: "Drafts of rules, newest first",
        tags,
        querystring: z.object({ ruleId: z.string().max(100).optional() }),
        response: { 200: z.object({ items: z.array(draftAnswerSchema) }) },
      },
    },
    async (request) => ({ items: [...(await readAs(db, callerOf(request), (tx) => listDrafts(tx, request.query.ruleId ?? null, 200)))] }),
  );
  app.get(
    "/v1/drafts/:id",
    { schema: { summary: "One draft", tags, params: idParams, response: { 200: draftAnswerSchema } } },
    async (request) => {
      const draft = await readAs(db, callerOf(request), (tx) => findDraft(tx, request.params.id));
      if (draft === null) throw notFound(`draft ${request.params.id}`);
      return draft;
    },
  );
  app.post(
    "/v1/drafts",
    {
      schema: {
        summary: "Keep a rule's text as a draft; it may still have problems",
        tags,
        body: z.strictObject({
          ruleId: z
            .string()
            .regex(/^[a-z][a-z0-9-]*$/)
            .max(100),
          text,
          note,
        }),
        response: { 200: draftAnswerSchema },
      },
    },
    async (request) => createDraft(db, request.body, changeOf(callerOf(request), now())),
  );
  app.put(
    "/v1/drafts/:id",
    {
      schema: {
        summary: "Change a draft; refused where somebody else has changed it since `revision`",
        tags,
        params: idParams,
        body: z.strictObject({ text, note, revision: z.number().int().positive() }),
        response: { 200: draftAnswerSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const before = await findDraft(db, id);
      if (before === null) throw notFound(`draft ${id}`);
      const draft = await updateDraft(db, { id, ruleId: before.ruleId, ...request.body }, changeOf(callerOf(request), now()));
      if (draft === null)
        throw new Problem(409, `draft ${id} has been changed by ${before.author} or is ${before.state} already: read it again`);
      return draft;
    },
  );
}
