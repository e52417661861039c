import type { Expression } from "./tree.ts";
import { visit } from "./tree.ts";

/** The value of an expression without readings, parameters by their values; null of any other. */
export function constantOf(expression: Expression, values: (name: string) => number): number | null {
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
