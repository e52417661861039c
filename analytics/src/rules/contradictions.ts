import { constantOf } from "./constants.ts";
import type { Expression } from "./tree.ts";

interface Bound {
  readonly column: string;
  readonly side: "below" | "above";
  readonly limit: number;
}

/** What of a rule is looked at. */
interface Judged {
  readonly condition: Expression;
  readonly clear: { readonly condition: Expression };
  readonly parameters: Readonly<Record<string, { readonly default: number }>>;
}

/**
 * What is wrong between a rule's condition and its clear condition, or null. Where both only bound the same reading, their
 * ranges must not overlap: an episode would end while it fires. Parameters count at their defaults; other conditions are not judged.
 */
export function contradiction({ condition, clear, parameters }: Judged): string | null {
  const values = (name: string) => parameters[name]?.default ?? Number.NaN;
  const [fires, clears] = [rangeOf(condition, values), rangeOf(clear.condition, values)];
  if (fires === null || clears === null || fires.column !== clears.column) return null;
  if (Math.max(fires.above, clears.above) >= Math.min(fires.below, clears.below)) return null;
  return `${fires.column} clears while it fires: ${shown(fires)} fires, ${shown(clears)} clears`;
}

interface Range {
  readonly column: string;
  readonly above: number;
  readonly below: number;
}

/** The range of the one reading an expression bounds; null where it asks for anything else. */
function rangeOf(expression: Expression, values: (name: string) => number): Range | null {
  const bounds = boundsOf(expression, values);
  const [first] = bounds;
  if (first === undefined || bounds.length !== clauseCount(expression) || bounds.some(({ column }) => column !== first.column)) return null;
  const limits = (side: Bound["side"]) => bounds.filter((one) => one.side === side).map(({ limit }) => limit);
  return {
    column: first.column,
    above: Math.max(Number.NEGATIVE_INFINITY, ...limits("above")),
    below: Math.min(Number.POSITIVE_INFINITY, ...limits("below")),
  };
}

function clauseCount(expression: Expression): number {
  if (expression.kind !== "binary" || expression.operator !== "AND") return 1;
  return clauseCount(expression.left) + clauseCount(expression.right);
}

function shown({ above, below }: Range): string {
  const parts = [
    ...(Number.isFinite(above) ? [`above ${Number(above.toPrecision(6))}`] : []),
    ...(Number.isFinite(below) ? [`below ${Number(below.toPrecision(6))}`] : []),
  ];
  return parts.join(" and ");
}

/** Comparisons joined by AND of a column with something constant. */
function boundsOf(expression: Expression, values: (name: string) => number): readonly Bound[] {
  if (expression.kind !== "binary") return [];
  const { operator, left, right } = expression;
  if (operator === "AND") return [...boundsOf(left, values), ...boundsOf(right, values)];
  const isLess = operator === "<" || operator === "<=";
  if (!isLess && operator !== ">" && operator !== ">=") return [];
  if (left.kind === "column") return bound(left.name, isLess ? "below" : "above", right, values);
  return right.kind === "column" ? bound(right.name, isLess ? "above" : "below", left, values) : [];
}

function bound(column: string, side: Bound["side"], limit: Expression, values: (name: string) => number): readonly Bound[] {
  const value = constantOf(limit, values);
  return value === null ? [] : [{ column, side, limit: value }];
}
