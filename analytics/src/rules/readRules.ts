import { type Document, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { contradiction } from "./contradictions.ts";
import { type Parsed, parseExpression } from "./expression.ts";
import { columnsOf, FAMILY_NAMES } from "./rowSource.ts";
import { type DetectorTexts, detectorTextsSchema, type RuleFile, ruleSchema } from "./schema.ts";
import type { Expression } from "./tree.ts";

/** A rule ready to compile: the file's content plus its parsed expressions. */
export interface Rule extends Omit<RuleFile, "condition" | "clear" | "measure"> {
  readonly condition: Expression;
  readonly clear: { readonly condition: Expression; readonly afterMs: number };
  readonly measure: Omit<RuleFile["measure"], "expression"> & { readonly expression: Expression };
}

export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly string[] };

interface Source {
  readonly file: string;
  readonly document: Document;
  readonly lines: LineCounter;
}

/** Reads one rule file. All problems at once, each as `file:line:column path: what was expected`. */
export function readRule(file: string, content: string): Read<Rule> {
  const parsed = readYaml(file, content, ruleSchema);
  if (!parsed.ok) return parsed;
  const { source, value } = parsed.value;
  const names = new Set(Object.keys(value.parameters));
  const problems = crossChecks(value, names).map(({ path, message }) => problem(source, path, message));
  const mayBeZero = new Set(Object.entries(value.parameters).flatMap(([name, { min, max }]) => (min <= 0 && max >= 0 ? [name] : [])));
  const scope = { parameters: names, mayBeZero, columns: columnsOf(value) };
  const expressionIn = (path: readonly string[], text: string, wanted: "condition" | "clear" | "measure") =>
    expressionAt(source, path, parseExpression(text, { ...scope, wanted }));
  const condition = expressionIn(["condition"], value.condition, "condition");
  const clear = expressionIn(["clear", "condition"], value.clear.condition, "clear");
  const measure = expressionIn(["measure", "expression"], value.measure.expression, "measure");
  if (problems.length > 0 || !condition.ok || !clear.ok || !measure.ok) {
    return { ok: false, problems: [...problems, ...[condition, clear, measure].flatMap((r) => (r.ok ? [] : r.problems))] };
  }
  const rule = {
    ...value,
    condition: condition.value,
    clear: { condition: clear.value, afterMs: value.clear.after },
    measure: { ...value.measure, expression: measure.value },
  };
  const wrong = contradiction(rule);
  return wrong === null ? { ok: true, value: rule } : { ok: false, problems: [problem(source, ["clear", "condition"], wrong)] };
}

/**
 * Reads the texts and settings of a detector's findings.
 * @param settingsOf names of the settings a detector's code has, by the id of the file; null where no detector is called so
 */
export function readDetectorTexts(
  file: string,
  content: string,
  settingsOf: (id: string) => ReadonlySet<string> | null,
): Read<DetectorTexts> {
  const parsed = readYaml(file, content, detectorTextsSchema);
  if (!parsed.ok) return parsed;
  const { source, value } = parsed.value;
  const known = settingsOf(value.id);
  const problems = [
    ...(known === null ? [{ path: ["id"], message: `no detector in the code says "${value.id}"` }] : []),
    ...Object.keys(value.parameters)
      .filter((name) => known !== null && !known.has(name))
      .map((name) => ({
        path: ["parameters", name],
        message: `expected a setting of the detector (${[...(known ?? [])].join(", ") || "it has none"}), got "${name}"`,
      })),
    ...overrideProblems(value, "detector's file"),
  ];
  return problems.length === 0
    ? { ok: true, value }
    : { ok: false, problems: problems.map(({ path, message }) => problem(source, path, message)) };
}

function readYaml<S extends z.ZodType>(file: string, content: string, schema: S): Read<{ source: Source; value: z.infer<S> }> {
  const lines = new LineCounter();
  const document = parseDocument(content, { lineCounter: lines });
  if (document.errors.length > 0) {
    return { ok: false, problems: document.errors.map((e) => `${file}:${place(lines, e.pos[0])} not YAML: ${firstLine(e.message)}`) };
  }
  const source: Source = { file, document, lines };
  const result = schema.safeParse(document.toJS());
  if (result.success) return { ok: true, value: { source, value: result.data } };
  return { ok: false, problems: result.error.issues.map((issue) => problem(source, issue.path, issue.message)) };
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function expressionAt(source: Source, path: readonly string[], parsed: Parsed): Read<Expression> {
  if (parsed.ok) return { ok: true, value: parsed.expression };
  return { ok: false, problems: [problem(source, path, `at character ${parsed.fault.at + 1}: ${parsed.fault.message}`)] };
}

function crossChecks(rule: RuleFile, names: ReadonlySet<string>): readonly PlacedProblem[] {
  const problems: PlacedProblem[] = [];
  if (!names.has(rule.measure.threshold)) {
    problems.push({ path: ["measure", "threshold"], message: `expected the name of a parameter, got "${rule.measure.threshold}"` });
  }
  if ((rule.reads === "outside_scores") !== (rule.model !== undefined)) {
    problems.push({
      path: [rule.model === undefined ? "reads" : "model"],
      message: "expected `reads: outside_scores` and `model` together",
    });
  }
  if (rule.reads === "daily_features" ? !FAMILY_NAMES.includes(rule.family ?? "") : rule.family !== undefined) {
    problems.push({
      path: [rule.family === undefined ? "reads" : "family"],
      message: `expected \`reads: daily_features\` with \`family\`, one of ${FAMILY_NAMES.join(", ")}`,
    });
  }
  return [...problems, ...overrideProblems(rule, "rule")];
}

interface PlacedProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function overrideProblems({ overrides, parameters }: Pick<RuleFile, "overrides" | "parameters">, owner: string): readonly PlacedProblem[] {
  return overrides.flatMap(({ set }, index) =>
    Object.entries(set).flatMap(([name, value]): PlacedProblem[] => {
      const bounds = parameters[name];
      const path = ["overrides", index, "set", name];
      if (bounds === undefined) return [{ path, message: `"${name}" is not a parameter of this ${owner}` }];
      const isWithin = value >= bounds.min && value <= bounds.max;
      return isWithin ? [] : [{ path, message: `expected ${bounds.min} to ${bounds.max} ${bounds.unit}, got ${value}` }];
    }),
  );
}

function problem({ file, document, lines }: Source, path: readonly PropertyKey[], message: string): string {
  const where = path.length === 0 ? "the file" : path.map(String).join(".");
  return `${file}:${placeOf(document, lines, path)} ${where}: ${message}`;
}

/** Line and column at which a path of a YAML text stands, as `12:3`. */
export function placeInText(text: string, path: readonly (string | number)[]): string {
  const lines = new LineCounter();
  return placeOf(parseDocument(text, { lineCounter: lines }), lines, path);
}

/** Line and column of the deepest part of the path that exists in the document. */
function placeOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): string {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    const start = rangeStart(node);
    if (start !== null) return place(lines, start);
  }
  return "1:1";
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${line}:${col}`;
}

function rangeStart(node: unknown): number | null {
  if (typeof node !== "object" || node === null || !("range" in node) || !Array.isArray(node.range)) return null;
  const start: unknown = node.range[0];
  return typeof start === "number" ? start : null;
}
