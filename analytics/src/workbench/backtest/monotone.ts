import type { Expression } from "../../rules/tree.ts";

/** How an expression's value (or a condition's truth, false < unknown < true) moves as a parameter grows. */
export type Direction = "up" | "down" | "none" | "mixed";

/**
 * The direction of an expression in one parameter. `mixed` means only that it could not be shown; a sweep then judges each
 * value by itself. `isNonNegative` says which other parameters are never below zero.
 */
export function directionOf(expression: Expression, parameter: string, isNonNegative: (name: string) => boolean): Direction {
  const of = (part: Expression): Direction => directionOf(part, parameter, isNonNegative);
  switch (expression.kind) {
    case "number":
    case "string":
    case "column":
    case "window":
      return "none";
    case "parameter":
      return expression.name === parameter ? "up" : "none";
    case "unary":
      return flip(of(expression.of));
    case "binary":
      return ofBinary(expression.operator, expression, of, isNonNegative);
    case "isNull":
      return of(expression.of) === "none" ? "none" : "mixed";
    case "call":
      return ofCall(expression.name, expression.arguments.map(of));
  }
}

type Binary = Extract<Expression, { kind: "binary" }>;

function ofBinary(
  operator: string,
  { left, right }: Binary,
  of: (part: Expression) => Direction,
  isNonNegative: (name: string) => boolean,
): Direction {
  const [a, b] = [of(left), of(right)];
  if (a === "none" && b === "none") return "none";
  switch (operator) {
    case "AND":
    case "OR":
    case "+":
      return join(a, b);
    case "-":
    case ">":
    case ">=":
      return join(a, flip(b));
    case "<":
    case "<=":
      return join(flip(a), b);
    case "*":
      return a === "none" ? scaled(b, left, isNonNegative) : b === "none" ? scaled(a, right, isNonNegative) : "mixed";
    case "/":
      return b === "none" ? scaled(a, right, isNonNegative) : "mixed";
    default:
      return "mixed";
  }
}

/** A factor's sign must be known: a literal, or a parameter that cannot be negative. */
function scaled(direction: Direction, factor: Expression, isNonNegative: (name: string) => boolean): Direction {
  if (factor.kind === "number") return direction;
  if (factor.kind === "unary" && factor.operator === "-" && factor.of.kind === "number") return flip(direction);
  return factor.kind === "parameter" && isNonNegative(factor.name) ? direction : "mixed";
}

function ofCall(name: string, directions: readonly Direction[]): Direction {
  if (directions.every((direction) => direction === "none")) return "none";
  if (name === "greatest" || name === "least") return directions.reduce(join);
  const [first = "mixed", ...rest] = directions;
  const isRounding = name === "round" || name === "floor";
  return isRounding && rest.every((direction) => direction === "none") ? first : "mixed";
}

/** The other way round. */
export function flip(direction: Direction): Direction {
  return direction === "up" ? "down" : direction === "down" ? "up" : direction;
}

function join(a: Direction, b: Direction): Direction {
  if (a === "none") return b;
  return b === "none" || a === b ? a : "mixed";
}
