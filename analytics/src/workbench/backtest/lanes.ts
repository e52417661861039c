import { type CompiledRule, compileRule, numberSql } from "../../rules/compile.ts";
import type { Rule } from "../../rules/readRules.ts";
import type { SweepAxis } from "../types.ts";
import { type Direction, directionOf, flip } from "./monotone.ts";

/**
 * One line of a sweep that is judged together: the values of the inner axis, in the order in which the condition's truth
 * grows. Per row, one number then says the state at every value (`stateOfCode`).
 */
export interface Lane {
  /** The inner parameter bound to the lambda's variable. */
  readonly compiled: CompiledRule;
  /** The same with the first and the last value of the line, for rows whose state is the same all along. */
  readonly ends: readonly [CompiledRule, CompiledRule];
  readonly values: readonly number[];
  /** The bound parameters where the condition is easiest to fulfil ... */
  readonly loosest: ReadonlyMap<string, number>;
  /** ... and where it is hardest. */
  readonly strictest: ReadonlyMap<string, number>;
  /** For each place on the line the index of the point in the whole sweep. */
  readonly points: readonly number[];
  /** Direction of the clear condition along the line. */
  readonly clear: Direction;
}

/** Most values one sweep judges. */
export const SWEEP_POINTS_MAX = 1000;
/** Most lanes: every row carries one number for each. */
export const LANES_MAX = 64;

const VARIABLE = "p";

export type Planned = { readonly ok: true; readonly lanes: readonly Lane[] } | { readonly ok: false; readonly problem: string };

/** Splits a sweep of no, one or two parameters into lanes; points are row-major with the last axis fastest. */
export function planLanes(rule: Rule, axes: readonly SweepAxis[]): Planned {
  const problem = axesProblem(rule, axes);
  if (problem !== null) return { ok: false, problem };
  const inner = innerAxis(rule, axes);
  const outer = axes.filter((axis) => axis !== inner);
  const combinations = product(outer);
  if (combinations.length > LANES_MAX) {
    return {
      ok: false,
      problem:
        inner === null
          ? `the condition is not monotone in ${axes.map((axis) => axis.parameter).join(" and ")}: at most ${LANES_MAX} combinations, got ${combinations.length}`
          : `at most ${LANES_MAX} values of ${outer.map((axis) => axis.parameter).join(" and ")}, got ${combinations.length}`,
    };
  }
  const indexOf = pointIndexer(axes);
  return { ok: true, lanes: combinations.map((fixed) => laneOf(rule, fixed, inner, indexOf)) };
}

function axesProblem(rule: Rule, axes: readonly SweepAxis[]): string | null {
  if (axes.length > 2) return `a sweep is over one or two parameters, got ${axes.length}`;
  for (const { parameter, values } of axes) {
    const bounds = rule.parameters[parameter];
    if (bounds === undefined) return `"${parameter}" is not a parameter of ${rule.id}; it has ${Object.keys(rule.parameters).join(", ")}`;
    const outside = values.find((value) => !(value >= bounds.min && value <= bounds.max));
    if (outside !== undefined) return `${parameter}: expected ${bounds.min} to ${bounds.max} ${bounds.unit}, got ${outside}`;
    if (values.length === 0 || new Set(values).size !== values.length) return `${parameter}: expected different values, at least one`;
  }
  if (axes[0]?.parameter === axes[1]?.parameter && axes.length === 2) return `${axes[0]?.parameter} is swept twice`;
  const points = axes.reduce((count, axis) => count * axis.values.length, 1);
  return points > SWEEP_POINTS_MAX ? `at most ${SWEEP_POINTS_MAX} points in one sweep, got ${points}` : null;
}

/** The longest axis along which the condition is monotone, and its clear condition as well. */
function innerAxis(rule: Rule, axes: readonly SweepAxis[]): SweepAxis | null {
  const isLine = ({ parameter }: SweepAxis) => {
    const { condition, clear } = directions(rule, parameter);
    return condition !== "mixed" && clear !== "mixed";
  };
  return axes.filter(isLine).toSorted((a, b) => b.values.length - a.values.length)[0] ?? null;
}

function directions(rule: Rule, parameter: string): { readonly condition: Direction; readonly clear: Direction } {
  const isNonNegative = (name: string) => (rule.parameters[name]?.min ?? -1) >= 0;
  return {
    condition: directionOf(rule.condition, parameter, isNonNegative),
    clear: directionOf(rule.clear.condition, parameter, isNonNegative),
  };
}

type Fixed = ReadonlyMap<string, number>;

function product(axes: readonly SweepAxis[]): readonly Fixed[] {
  return axes.reduce<readonly Fixed[]>(
    (all, { parameter, values }) => all.flatMap((fixed) => values.map((value) => new Map([...fixed, [parameter, value]]))),
    [new Map()],
  );
}

function pointIndexer(axes: readonly SweepAxis[]): (at: Fixed) => number {
  return (at) => axes.reduce((index, { parameter, values }) => index * values.length + values.indexOf(at.get(parameter) ?? Number.NaN), 0);
}

function laneOf(rule: Rule, fixed: Fixed, inner: SweepAxis | null, indexOf: (at: Fixed) => number): Lane {
  const compiled = (extra: readonly (readonly [string, string])[]) =>
    compileRule(rule, new Map([...[...fixed].map(([name, value]): [string, string] => [name, numberSql(value)]), ...extra]));
  if (inner === null) {
    const only = compiled([]);
    return { compiled: only, ends: [only, only], values: [0], loosest: fixed, strictest: fixed, points: [indexOf(fixed)], clear: "none" };
  }
  const { parameter } = inner;
  const { condition, clear } = directions(rule, parameter);
  const isRising = condition !== "down";
  const values = inner.values.toSorted((a, b) => (isRising ? a - b : b - a));
  const at = (value: number | undefined) => compiled([[parameter, numberSql(value ?? Number.NaN)]]);
  return {
    compiled: compiled([[parameter, VARIABLE]]),
    ends: [at(values[0]), at(values.at(-1))],
    values,
    loosest: new Map([...fixed, [parameter, values.at(-1) ?? Number.NaN]]),
    strictest: new Map([...fixed, [parameter, values[0] ?? Number.NaN]]),
    points: values.map((value) => indexOf(new Map([...fixed, [parameter, value]]))),
    clear: isRising ? clear : flip(clear),
  };
}

const FIRING = 1;
const UNKNOWN = 1024;
const CLEAR = 1_048_576;

/** SQL of the number that holds a row's state at every value of the lane. */
export function codeSql({ compiled, ends: [first, last], values }: Lane): string {
  const weigh = ({ conditionSql, clearSql }: CompiledRule) =>
    `multiIf(isNull(${conditionSql}), ${UNKNOWN}, ${conditionSql}, ${FIRING}, ${clearSql}, ${CLEAR}, 0)`;
  if (values.length === 1) return `toUInt32(${weigh(first)})`;
  const line = `[${values.map(numberSql).join(",")}]::Array(Float64)`;
  const varying = `arraySum(${VARIABLE} -> toUInt32(${weigh(compiled)}), ${line})`;
  return `toUInt32(if(${weigh(first)} = ${weigh(last)}, ${weigh(first)} * ${values.length}, ${varying}))`;
}

/** The code of a row that is clear at every value of the lane. */
export function clearCode({ values }: Pick<Lane, "values">): number {
  return CLEAR * values.length;
}

/** A row's states along a lane: false up to `falses`, then unknown, firing from `firesFrom` on; clear in [clearFrom, clearTo). */
export interface RowStates {
  readonly falses: number;
  readonly firesFrom: number;
  readonly clearFrom: number;
  readonly clearTo: number;
}

/** Takes a code of `codeSql` apart. */
export function decode(code: number, { values, clear }: Pick<Lane, "values" | "clear">): RowStates {
  const clears = Math.floor(code / CLEAR);
  const firesFrom = values.length - (code % UNKNOWN);
  const falses = firesFrom - (Math.floor(code / UNKNOWN) % UNKNOWN);
  // False is the beginning of the line; the clear condition holds at its beginning or, where it grows along it, at its end.
  return clear === "up"
    ? { falses, firesFrom, clearFrom: falses - clears, clearTo: falses }
    : { falses, firesFrom, clearFrom: 0, clearTo: clears };
}
