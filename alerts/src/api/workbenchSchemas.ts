import { RULE_STATUSES } from "@bellwether/analytics/rules/schema";
import { COMPONENTS, SEVERITIES } from "@bellwether/contracts/finding";
import { z } from "zod";
import { draftSchema, ruleEventSchema } from "../workbench/drafts.ts";
import { liveScoreSchema } from "../workbench/liveScore.ts";
import { comparisonSchema, reportSchema } from "../workbench/reportSchemas.ts";
import { runSchema } from "../workbench/runs.ts";

/** What the workbench's routes answer with; named in the OpenAPI document by components.ts. */

const instant = z.iso.datetime();
const bilingual = z.object({ en: z.string(), zh: z.string() });

export const ruleSummarySchema = z.object({
  id: z.string(),
  version: z.number(),
  status: z.enum(RULE_STATUSES),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  title: bilingual,
  owner: z.string().nullable(),
  challenges: z.string().nullable().describe("the live rule it means to replace"),
  live: liveScoreSchema.nullable().describe("null: has not fired"),
});

const parameterSchema = z.object({ default: z.number(), min: z.number(), max: z.number(), unit: z.string() });
const overrideSchema = z.object({ where: z.record(z.string(), z.string()), set: z.record(z.string(), z.number()) });

/** What people know of a rule or detector; the Chinese texts are empty where a file has none. */
const knowledge = {
  rationale: z.string(),
  rationaleZh: z.string(),
  catches: z.array(z.string()),
  catchesZh: z.array(z.string()),
  falsePositives: z.array(z.string()),
  falsePositivesZh: z.array(z.string()),
};

/** A detector as data: the judgement is code, its settings and texts are not. Read only here. */
export const detectorSchema = z.object({
  id: z.string(),
  version: z.number(),
  status: z.enum(RULE_STATUSES),
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  title: bilingual,
  owner: z.string(),
  description: z.string(),
  ...knowledge,
  parameters: z.record(z.string(), parameterSchema),
  overrides: z.array(overrideSchema),
});

const problemSchema = z.object({
  file: z.string(),
  line: z.number().nullable(),
  column: z.number().nullable(),
  message: z.string(),
});

export const ruleListSchema = z.object({
  items: z.array(ruleSummarySchema),
  detectors: z.array(detectorSchema),
  problems: z.array(problemSchema).describe("files that cannot be read, with place and reason; the engine runs on what was there before"),
  dir: z.object({ isWritable: z.boolean(), reason: z.string().nullable() }),
});

export const lintSchema = z.object({
  problems: z.array(problemSchema),
  parameters: z.record(z.string(), parameterSchema).nullable().describe("null where the text cannot be read"),
  threshold: z.string().nullable().describe("the parameter the measured value is compared with"),
});

// Read back as instants already; on the wire they are texts.
const wire = { createdAt: instant, updatedAt: instant };
export const draftAnswerSchema = draftSchema.extend(wire);

export const ruleDetailSchema = ruleSummarySchema.extend({
  file: z.string(),
  text: z.string(),
  description: z.string(),
  ...knowledge,
  parameters: z.record(z.string(), parameterSchema),
  threshold: z.string(),
  overrides: z.array(overrideSchema),
  evidence: z
    .object({
      chosenOn: z.string(),
      chosenBy: z.string(),
      parameters: z.record(z.string(), z.number()),
      window: z.object({ from: z.string(), to: z.string() }),
      score: z.record(z.string(), z.number().nullable()),
      ruleHash: z.string(),
      resultHash: z.string(),
    })
    .nullable(),
  events: z.array(ruleEventSchema.extend({ at: instant })),
  drafts: z.array(draftAnswerSchema),
});

export type RuleDetail = z.infer<typeof ruleDetailSchema>;

export const runAnswerSchema = runSchema.extend({ createdAt: instant, startedAt: instant.nullable(), finishedAt: instant.nullable() });
export const runDetailSchema = runAnswerSchema.extend({ report: reportSchema.nullable(), comparison: comparisonSchema.nullable() });
export type RunDetail = z.infer<typeof runDetailSchema>;

/** What became of a step in a rule's life. */
export const stepSchema = z.object({
  isWritten: z.boolean().describe("false: the files are ready for a pull request, nothing runs differently yet"),
  reason: z.string().nullable(),
  files: z.array(
    z.object({
      file: z.string(),
      text: z.string(),
      ruleId: z.string(),
      from: z.string().nullable().describe("status before; null: a new file"),
      to: z.string(),
    }),
  ),
  ruleId: z.string(),
});

const labelInput = z.object({ labels: z.number(), problems: z.array(z.object({ line: z.number(), message: z.string() })) });
export const ruleWatchSchema = z.object({
  ruleId: z.string(),
  fromMs: z.number(),
  toMs: z.number(),
  firings: z.number(),
  alerts: z.number().describe("what owners got or would have got: firings within the cool-down of one another are one, info is none"),
  counted: z.enum(["alerts", "firings"]).describe("what the rate and the test are about; firings only where the severity makes no alerts"),
  vehicleYears: z.number(),
  per1000VehicleYears: z.number().nullable(),
  sequential: z
    .object({ verdict: z.enum(["stop: too many", "stop: within budget", "go on"]), logLikelihoodRatio: z.number() })
    .nullable()
    .describe("null without a budget"),
  models: z.array(
    z.object({
      model: z.string(),
      reports: z.number(),
      notEvaluated: z.object({ before: z.number().nullable(), now: z.number().nullable() }).describe("share of the reports"),
      psi: z.record(z.string(), z.number()).describe("stability index per column the rule reads; above 0.2 the input is another"),
    }),
  ),
});

export const labelImportSchema = labelInput;

export const unjudgedSchema = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      vin: z.string(),
      sourceId: z.string(),
      component: z.enum(COMPONENTS),
      severity: z.enum(SEVERITIES),
      state: z.enum(["active", "cleared"]),
      firstSeen: instant,
      lastSeen: instant,
      sentence: z.string(),
      sentenceZh: z.string(),
    }),
  ),
  total: z.number(),
});

export const labelQualitySchema = z.object({
  sources: z.array(
    z.object({
      source: z.string(),
      labels: z.number(),
      confirmed: z.number(),
      noFaultFound: z.number(),
      conflicting: z.number().describe("confirmed by one and denied by another within a day"),
      delayDaysMedian: z.number().nullable().describe("from the finding to the label"),
      findingsLabelled: z.number(),
    }),
  ),
  findings: z.number(),
});
