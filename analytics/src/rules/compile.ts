import type { Expression } from "./expression.ts";
import { WINDOW_FUNCTIONS } from "./functions.ts";
import type { Rule } from "./readRules.ts";

/** A rule as SQL over the columns of `stateRowsSql`. */
export interface CompiledRule {
  readonly rule: Rule;
  /** UInt8: 0 unknown, 1 firing, 2 clear, 3 between. */
  readonly stateSql: string;
  /** The number shown as evidence, NULL where it cannot be computed. */
  readonly measureSql: string;
  /** The threshold the measure is compared with, per vehicle. */
  readonly thresholdSql: string;
  /** Columns the condition and the measure read. */
  readonly columns: readonly string[];
  /** `alias -> window expression`, computed once per row. */
  readonly windows: ReadonlyMap<string, string>;
  /** How far before a row its condition looks. */
  readonly lookbackMs: number;
}

export const STATE_CODES = { unknown: 0, firing: 1, clear: 2, between: 3 } as const;

/**
 * Compiles a rule once; the same SQL runs live, in a back-test and in the rule's own examples.
 * NULL is a third truth value: a condition that cannot be decided is `unknown`, never false.
 */
export function compileRule(rule: Rule): CompiledRule {
  const windows = new Map<string, string>();
  const columns = new Set<string>();
  let lookbackMs = 0;
  const render = (expression: Expression): string => {
    visit(expression, (part) => {
      if (part.kind === "column") columns.add(part.name);
      if (part.kind !== "window") return;
      columns.add(part.column);
      windows.set(windowAlias(part), windowSql(part));
      lookbackMs = Math.max(lookbackMs, part.minutes * 60_000);
    });
    return toSql(expression, rule);
  };
  const condition = render(rule.condition);
  const clear = render(rule.clear.condition);
  return {
    rule,
    stateSql: `multiIf(isNull(${condition}), 0, ${condition}, 1, ${clear}, 2, 3)`,
    measureSql: render(rule.measure.expression),
    thresholdSql: parameterSql(rule, rule.measure.threshold),
    columns: [...columns],
    windows,
    lookbackMs,
  };
}

function visit(expression: Expression, see: (part: Expression) => void): void {
  see(expression);
  switch (expression.kind) {
    case "unary":
    case "isNull":
      visit(expression.of, see);
      return;
    case "binary":
      visit(expression.left, see);
      visit(expression.right, see);
      return;
    case "call":
      for (const argument of expression.arguments) visit(argument, see);
      return;
    default:
      return;
  }
}

function toSql(expression: Expression, rule: Rule): string {
  switch (expression.kind) {
    case "number":
      return expression.text;
    case "string":
      return `'${expression.text}'`;
    case "column":
      return expression.name;
    case "parameter":
      return parameterSql(rule, expression.name);
    case "unary":
      return `(${expression.operator} ${toSql(expression.of, rule)})`;
    case "binary":
      return `(${toSql(expression.left, rule)} ${expression.operator} ${toSql(expression.right, rule)})`;
    case "isNull":
      return `(${toSql(expression.of, rule)} IS ${expression.negated ? "NOT " : ""}NULL)`;
    case "call":
      return `${expression.name}(${expression.arguments.map((argument) => toSql(argument, rule)).join(", ")})`;
    case "window":
      return windowAlias(expression);
  }
}

/** The parameter's value for the row's vehicle: the first override that matches model and chemistry, else the default. */
function parameterSql(rule: Rule, name: string): string {
  const cases = rule.overrides.flatMap(({ where, set }) => {
    const value = set[name];
    if (value === undefined) return [];
    const tests = [
      ...(where.model === undefined ? [] : [`vehicle_model = ${quoted(where.model)}`]),
      ...(where.chemistry === undefined ? [] : [`vehicle_chemistry = ${quoted(where.chemistry)}`]),
    ];
    return [`${tests.join(" AND ")}, ${numberSql(value)}`];
  });
  const fallback = numberSql(rule.parameters[name]?.default ?? Number.NaN);
  return cases.length === 0 ? fallback : `multiIf(${cases.join(", ")}, ${fallback})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function numberSql(value: number): string {
  return value < 0 ? `(${value})` : String(value);
}

function windowAlias({ name, column, minutes }: { name: string; column: string; minutes: number }): string {
  return `${name}_${column}_${String(minutes).replace(".", "_")}m`;
}

function windowSql({ name, column, minutes }: { name: string; column: string; minutes: number }): string {
  const seconds = Math.round(minutes * 60);
  const window = `(PARTITION BY vin ORDER BY at_s RANGE BETWEEN ${seconds} PRECEDING AND CURRENT ROW)`;
  return (WINDOW_FUNCTIONS.get(name) ?? "").replaceAll("{column}", column).replaceAll("{window}", window);
}
