import { numberSql, toSql } from "../../rules/compile.ts";
import { necessaryPart, readsOtherRows } from "../../rules/necessary.ts";
import { parametersOf, type Segment } from "../../rules/parametersOf.ts";
import type { Rule } from "../../rules/readRules.ts";
import type { Expression } from "../../rules/tree.ts";
import { visit } from "../../rules/tree.ts";
import type { Lane } from "./lanes.ts";

/** What a survey of all rows asks before anything is folded. */
export interface Prefilter {
  /** True for every row that fires at any swept value on any vehicle; possibly for more. Null: cannot be told from the row. */
  readonly mayFireSql: string | null;
  /** True for rows the condition cannot be decided for as the rule stands; null where that takes more than the row. */
  readonly unknownSql: string | null;
  /** True only for rows that do not fire and are clear at every swept value on any vehicle. Null: cannot be told from the row. */
  readonly calmSql: string | null;
  /** True only for rows the condition cannot be decided for at any swept value on any vehicle. */
  readonly ignoredSql: string;
  readonly columns: readonly string[];
}

const UNKNOWN_SEGMENT: Segment = { model: null, chemistry: null, market: null };

/**
 * A condition on one row that misses no firing: the loosest of the swept values, for every kind of vehicle that has values of
 * its own, without the parts that look at other rows. So most of the fleet's rows are only read, never joined or sorted.
 */
export function prefilterOf(rule: Rule, lanes: readonly Lane[], segments: readonly Segment[]): Prefilter {
  const necessary = necessaryPart(rule.condition);
  const columns = new Set<string>();
  if (necessary !== null) visit(necessary, (part) => part.kind === "column" && columns.add(part.name));
  const needed = lanes.filter((lane) => !lanes.some((other) => covers(rule, other, lane)));
  const at = (end: "loosest" | "strictest") =>
    needed.flatMap((lane) => [UNKNOWN_SEGMENT, ...segments].map((segment) => assignment(rule, lane[end], segment)));
  const [loosest, strictest] = [at("loosest"), at("strictest")];
  const mayFire = necessary === null ? null : rendered(necessary, loosest);
  const isWhole = necessary === rule.condition;
  return {
    mayFireSql: mayFire === null ? null : mayFire.map((sql) => `ifNull(${sql}, 0)`).join(" OR "),
    unknownSql: isWhole ? `isNull(${render(rule.condition, assignment(rule, new Map(), UNKNOWN_SEGMENT))})` : null,
    calmSql: mayFire === null ? null : calmSql(mayFire, rule.clear.condition, [...loosest, ...strictest]),
    ignoredSql: isWhole ? allOf(rendered(rule.condition, [...loosest, ...strictest]).map((sql) => `isNull(${sql})`)) : "0",
    columns: [...columns],
  };
}

/** Whether the rule as it stands is a place between a line's ends: what holds at both of them holds for it. */
function covers(rule: Rule, line: Lane, present: Lane): boolean {
  if (line === present || present.loosest.size > 0) return false;
  return [...line.loosest].every(([name, loosest]) => {
    const [now, strictest] = [rule.parameters[name]?.default ?? Number.NaN, line.strictest.get(name) ?? Number.NaN];
    return Math.min(loosest, strictest) <= now && now <= Math.max(loosest, strictest);
  });
}

type Values = Readonly<Record<string, number>>;

/** The row's own part of the condition is false, and its clear condition true, at both ends of every lane: then they are between, too. */
function calmSql(mayFire: readonly string[], clear: Expression, ends: readonly Values[]): string | null {
  if (readsOtherRows(clear)) return null;
  return allOf([...mayFire.map((sql) => `ifNull(NOT ${sql}, 0)`), ...rendered(clear, ends).map((sql) => `ifNull(${sql}, 0)`)]);
}

function allOf(tests: readonly string[]): string {
  return tests.join(" AND ");
}

function rendered(expression: Expression, assignments: readonly Values[]): readonly string[] {
  return [...new Set(assignments.map((values) => render(expression, values)))];
}

function render(expression: Expression, values: Values): string {
  return toSql(expression, (name) => numberSql(values[name] ?? Number.NaN));
}

/** Parameters of a vehicle of that kind at one end of a lane. */
function assignment(rule: Rule, end: ReadonlyMap<string, number>, segment: Segment): Values {
  const parameters = Object.fromEntries(
    Object.entries(rule.parameters).map(([name, parameter]) => [name, { ...parameter, default: end.get(name) ?? parameter.default }]),
  );
  return Object.fromEntries(Object.entries(parametersOf({ ...rule, parameters }, segment)).map(([name, { value }]) => [name, value]));
}
