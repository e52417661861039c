import { SINCE_CHARGE_FUNCTIONS, WINDOW_FUNCTIONS } from "./functions.ts";
import type { Rule } from "./readRules.ts";
import { type RowSource, rowSourceOf } from "./rowSource.ts";
import { type Expression, isJoined, operandsOf, visit } from "./tree.ts";

/** A rule as SQL over the columns of `stateRowsSql`. */
export interface CompiledRule {
  readonly rule: Rule;
  /** UInt8: 0 unknown, 1 firing, 2 clear, 3 between. */
  readonly stateSql: string;
  readonly conditionSql: string;
  /** SQL of a parameter's value for the row's vehicle. */
  readonly parameterSql: (name: string) => string;
  readonly clearSql: string;
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
  readonly source: RowSource;
}

export const STATE_CODES = { unknown: 0, firing: 1, clear: 2, between: 3 } as const;

/** SQL in place of a parameter's default, by its name: a swept value. Overrides keep theirs. */
export type Bound = ReadonlyMap<string, string>;

const UNBOUND: Bound = new Map();

/**
 * Compiles a rule once; the same SQL runs live, in a back-test and in the rule's own examples.
 * NULL is a third truth value: a condition that cannot be decided is `unknown`, never false.
 */
export function compileRule(rule: Rule, bound: Bound = UNBOUND): CompiledRule {
  const windows = new Map<string, string>();
  const columns = new Set<string>();
  let lookbackMs = 0;
  const parameter = (name: string) => parameterSql(rule, name, bound);
  const render = (expression: Expression): string => {
    visit(expression, (part) => {
      if (part.kind === "column") columns.add(part.name);
      if (part.kind !== "window") return;
      columns.add(part.column);
      if (part.since === "charge") columns.add("charge_state");
      windows.set(windowAlias(part), windowSql(part));
      lookbackMs = Math.max(lookbackMs, part.minutes * 60_000);
    });
    return toSql(expression, parameter);
  };
  const condition = render(rule.condition);
  const clear = render(rule.clear.condition);
  return {
    rule,
    stateSql: `multiIf(isNull(${condition}), 0, ${condition}, 1, ${clear}, 2, 3)`,
    conditionSql: condition,
    parameterSql: parameter,
    clearSql: clear,
    measureSql: render(rule.measure.expression),
    thresholdSql: parameter(rule.measure.threshold),
    columns: [...columns],
    windows,
    lookbackMs,
    source: rowSourceOf(rule),
  };
}

/** An expression as SQL; `parameter` says what stands for a parameter. */
export function toSql(expression: Expression, parameter: (name: string) => string): string {
  const sql = (part: Expression) => toSql(part, parameter);
  switch (expression.kind) {
    case "number":
      return expression.text;
    case "string":
      return `'${expression.text}'`;
    case "column":
      return expression.name;
    case "parameter":
      return parameter(expression.name);
    case "unary":
      return `(${expression.operator} ${sql(expression.of)})`;
    case "binary":
      return isJoined(expression.operator)
        ? `(${operandsOf(expression, expression.operator).map(sql).join(` ${expression.operator} `)})`
        : binarySql(expression.operator, sql(expression.left), sql(expression.right));
    case "isNull":
      return `(${sql(expression.of)} IS ${expression.negated ? "NOT " : ""}NULL)`;
    case "call":
      return `${expression.name}(${expression.arguments.map(sql).join(", ")})`;
    case "window":
      return windowAlias(expression);
  }
}

/** A reading that happens to be 0 as divisor makes the value unknown, not infinite. */
function binarySql(operator: string, left: string, right: string): string {
  const isDivision = operator === "/" || operator === "%";
  return `(${left} ${operator} ${isDivision ? `nullIf(${right}, 0)` : right})`;
}

/** The parameter's value for the row's vehicle: the first matching override that sets it, else the default. */
function parameterSql(rule: Rule, name: string, bound: Bound): string {
  const cases = rule.overrides.flatMap(({ where, set }) => {
    const value = set[name];
    if (value === undefined) return [];
    const tests = [
      ...(where.model === undefined ? [] : [`vehicle_model = ${quoted(where.model)}`]),
      ...(where.chemistry === undefined ? [] : [`vehicle_chemistry = ${quoted(where.chemistry)}`]),
      ...(where.market === undefined ? [] : [`vehicle_market = ${quoted(where.market)}`]),
    ];
    return [`${tests.join(" AND ")}, ${numberSql(value)}`];
  });
  const fallback = bound.get(name) ?? numberSql(rule.parameters[name]?.default ?? Number.NaN);
  return cases.length === 0 ? fallback : `multiIf(${cases.join(", ")}, ${fallback})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** A number as SQL; a negative one in parentheses. */
export function numberSql(value: number): string {
  return value < 0 ? `(${value})` : String(value);
}

type WindowCall = Extract<Expression, { kind: "window" }>;

function windowAlias({ name, column, minutes, since }: WindowCall): string {
  return since === undefined ? `${name}_${column}_${String(minutes).replace(".", "_")}m` : `${name}_${column}_since_${since}`;
}

function windowSql({ name, column, minutes, since }: WindowCall): string {
  const seconds = Math.round(minutes * 60);
  const window = `(PARTITION BY vin ORDER BY at_s RANGE BETWEEN ${seconds} PRECEDING AND CURRENT ROW)`;
  const template = (since === undefined ? WINDOW_FUNCTIONS : SINCE_CHARGE_FUNCTIONS).get(name) ?? "";
  return template.replaceAll("{column}", column).replaceAll("{window}", window);
}
