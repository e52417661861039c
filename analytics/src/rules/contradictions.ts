import { visit } from "./compile.ts";
import type { Expression } from "./expression.ts";
import type { Rule } from "./readRules.ts";

interface Bound {
  readonly column: string;
  readonly side: "below" | "above";
  readonly limit: number;
}

/**
 * What is wrong between a rule's condition and its clear condition, or null. Two bounds on the same reading must not overlap: an
 * episode would end while it fires. Looks at plain comparisons with numbers and parameters (at their defaults); others are not judged.
 */
export function contradiction({ condition, clear, parameters }: Pick<Rule, "condition" | "clear" | "parameters">): string | null {
  const values = (name: string) => parameters[name]?.default ?? Number.NaN;
  const [fires, clears] = [boundsOf(condition, values), boundsOf(clear.condition, values)];
  for (const firing of fires) {
    const other = clears.find(({ column }) => column === firing.column);
    if (other === undefined || fires.filter(({ column }) => column === firing.column).length > 1) continue;
    if (other.side === firing.side)
      return `${firing.column} fires and clears on the same side: ${shown(firing)} fires, ${shown(other)} clears`;
    const isOverlapping = firing.side === "below" ? other.limit < firing.limit : other.limit > firing.limit;
    if (isOverlapping) return `${firing.column} clears while it fires: ${shown(firing)} fires, ${shown(other)} clears`;
  }
  return null;
}

function shown({ side, limit }: Bound): string {
  return `${side} ${Number(limit.toPrecision(6))}`;
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

/** The value of an expression without readings; null of any other. */
function constantOf(expression: Expression, values: (name: string) => number): number | null {
  let isConstant = true;
  visit(expression, ({ kind }) => {
    if (kind === "column" || kind === "window" || kind === "call" || kind === "string") isConstant = false;
  });
  return isConstant ? evaluate(expression, values) : null;
}

function evaluate(expression: Expression, values: (name: string) => number): number | null {
  switch (expression.kind) {
    case "number":
      return Number(expression.text);
    case "parameter":
      return values(expression.name);
    case "unary": {
      const of = evaluate(expression.of, values);
      return of === null || expression.operator === "NOT" ? null : -of;
    }
    case "binary":
      return arithmetic(expression.operator, evaluate(expression.left, values), evaluate(expression.right, values));
    default:
      return null;
  }
}

function arithmetic(operator: string, left: number | null, right: number | null): number | null {
  if (left === null || right === null) return null;
  const by: Readonly<Record<string, number>> = { "+": left + right, "-": left - right, "*": left * right, "/": left / right };
  return by[operator] ?? null;
}
