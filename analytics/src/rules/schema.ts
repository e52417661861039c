import { COMPONENTS, SEVERITIES } from "@bellwether/contracts/finding";
import { columnOf, SIGNAL_NAMES } from "@bellwether/contracts/signals";
import { z } from "zod";
import { type Hold, parseDurationMs, parseHold } from "./duration.ts";
import { OTHER_COLUMNS } from "./rowSource.ts";

/** The shape of a rule file. Strict: an unknown key is an error, because a misspelt key would be silently without effect. */

const text = z.string({ error: "expected a text" }).trim().min(1, "expected a text");
const bilingual = z.strictObject({ en: text, zh: text });

const ownerAdvice = z.strictObject({
  what: text,
  why: text,
  /** How soon to act. */
  urgency: text,
  /** What it will take: time, visit, cost class. */
  effort: text,
});

const dealerAdvice = z.strictObject({
  symptom: text,
  operations: z.array(text).min(1),
  parts: z.array(text),
  labourHours: z.number().nonnegative().max(100),
});

/** What the owner and the dealer are told, in both languages; alerts takes every word from here. */
export const adviceSchema = z.strictObject({
  /** Days within which the car should be seen, as the owner's `urgency` says it; by severity where absent. */
  actWithinDays: z.number().int().min(0).max(365).optional(),
  owner: z.strictObject({ en: ownerAdvice, zh: ownerAdvice }),
  dealer: z.strictObject({ en: dealerAdvice, zh: dealerAdvice }),
});

const hold = z.string().transform((value, context): Hold => {
  const parsed = parseHold(value);
  if (parsed !== null) return parsed;
  context.addIssue({ code: "custom", message: `expected a duration such as "2 min" or a count such as "3 samples", got "${value}"` });
  return z.NEVER;
});

const durationMs = z.string().transform((value, context): number => {
  const parsed = parseDurationMs(value);
  if (parsed !== null) return parsed;
  context.addIssue({ code: "custom", message: `expected a duration such as "30 min" or "14 d", got "${value}"` });
  return z.NEVER;
});

const parameter = z
  .strictObject({ default: z.number(), min: z.number(), max: z.number(), unit: z.string() })
  .refine((p) => p.min <= p.default && p.default <= p.max, { message: "default must lie between min and max" });

const override = z.strictObject({
  where: z
    .strictObject({ model: text.optional(), chemistry: text.optional(), market: text.optional() })
    .refine((where) => Object.values(where).some((value) => value !== undefined), { message: "expected model, chemistry or market" }),
  set: z.record(z.string(), z.number()),
});

const COLUMN_NAMES = new Set([...SIGNAL_NAMES.map(columnOf), ...OTHER_COLUMNS]);
const cellValue = z.union([z.number(), z.string(), z.boolean(), z.null(), z.array(z.number().nullable())]);
const exampleRow = z
  .object({ at: durationMs, repeat: z.number().int().min(1).max(1000).default(1), every: durationMs.default(10_000) })
  .catchall(cellValue)
  .superRefine((row, context) => {
    for (const key of Object.keys(row)) {
      if (key !== "at" && key !== "repeat" && key !== "every" && !COLUMN_NAMES.has(key)) {
        context.addIssue({ code: "custom", path: [key], message: `unknown column "${key}"` });
      }
    }
  });
const example = z.strictObject({ note: text, rows: z.array(exampleRow).min(1) });

/** `shadow` rules are evaluated on live data like live ones, but nobody is told. */
export const RULE_STATUSES = ["draft", "shadow", "live", "retired"] as const;
export type RuleStatus = (typeof RULE_STATUSES)[number];

const status = z.enum(RULE_STATUSES);

const date = z.iso.date();
/** First day a rule counts and the first day it no longer does, UTC. */
const effective = z
  .strictObject({ from: date.optional(), until: date.optional() })
  .refine(({ from, until }) => from === undefined || until === undefined || from < until, { message: "expected from before until" });

/** The operating point somebody chose, and what it rested on. */
const evidence = z.strictObject({
  chosenOn: date,
  chosenBy: text,
  parameters: z.record(z.string(), z.number()),
  window: z.strictObject({ from: z.iso.datetime(), to: z.iso.datetime() }),
  score: z.record(z.string(), z.union([z.number(), z.null()])),
  ruleHash: text,
  resultHash: text,
});

const head = {
  id: z.string().regex(/^[a-z][a-z0-9-]*$/, "expected lower-case letters, digits and hyphens"),
  version: z.number().int().positive(),
  status,
  component: z.enum(COMPONENTS),
  severity: z.enum(SEVERITIES),
  title: bilingual,
  description: text,
  sentence: bilingual,
  advice: adviceSchema,
  falsePositives: z
    .array(text, { error: "expected a list of known false positives" })
    .min(1, "expected at least one: what else looks like it"),
  falsePositivesZh: z.array(text).optional(),
  disprovedBy: text,
  disprovedByZh: text.optional(),
  references: z.array(text),
  /** Whom to ask. */
  owner: text,
  /** Why it is as it is. */
  rationale: text,
  rationaleZh: text.optional(),
  /** What it should catch, in a workshop's words. */
  catches: z.array(text, { error: "expected a list of what it should catch" }).min(1, "expected at least one"),
  catchesZh: z.array(text).optional(),
  effective: effective.optional(),
};

const parameters = z.record(z.string().regex(/^[a-z][a-z0-9_]*$/), parameter);

export const ruleSchema = z.strictObject({
  ...head,
  /** In place of reports: the scores of one `model` that runs elsewhere, as column `score`, or one `family` of a day's numbers. */
  reads: z.enum(["outside_scores", "daily_features"]).optional(),
  model: text.optional(),
  family: text.optional(),
  condition: text,
  for: hold,
  /** The episode ends when `condition` holds and nothing has fired for `after`; a new firing before that continues it. */
  clear: z.strictObject({ condition: text, after: durationMs }),
  /** The number shown as evidence: an expression, its unit, which extreme is worst, and the parameter it is compared with. */
  measure: z.strictObject({ expression: text, unit: z.string(), worst: z.enum(["lowest", "highest"]), threshold: z.string() }),
  parameters,
  overrides: z.array(override).default([]),
  /** The live rule this one means to replace; promoting it retires that one. */
  challenges: text.optional(),
  evidence: evidence.optional(),
  examples: z.strictObject({ fires: example, quiet: z.array(example).min(1) }),
});
export type RuleFile = z.infer<typeof ruleSchema>;
export type RuleExample = z.infer<typeof example>;

/** Wording and settings of a detector's findings; the judgement itself is code, and which settings it has as well. */
export const detectorTextsSchema = z.strictObject({
  ...head,
  parameters: parameters.default({}),
  overrides: z.array(override).default([]),
});
export type DetectorTexts = z.infer<typeof detectorTextsSchema>;
