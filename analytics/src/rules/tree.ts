/** A parsed expression. Only what this type can say ever reaches the database. */
export type Expression =
  | { readonly kind: "number"; readonly text: string }
  | { readonly kind: "string"; readonly text: string }
  | { readonly kind: "column"; readonly name: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "unary"; readonly operator: "-" | "NOT"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "isNull"; readonly of: Expression; readonly negated: boolean }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Expression[] }
  /** `since` "charge": compared with the last report of the last charge, at most `minutes` ago, in place of a window's rows. */
  | { readonly kind: "window"; readonly name: string; readonly column: string; readonly minutes: number; readonly since?: "charge" };

/** Calls `see` with the expression and every part of it, outermost first. */
export function visit(expression: Expression, see: (part: Expression) => void): void {
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

/** Whether a chain of this operator is one list of parts. */
export function isJoined(operator: string): boolean {
  return operator === "AND" || operator === "OR";
}

/** The parts of a chain of ANDs, or of ORs, side by side: nested in each other a long one would be too deep for the database. */
export function operandsOf(expression: Expression, operator: string): readonly Expression[] {
  if (expression.kind !== "binary" || expression.operator !== operator) return [expression];
  return [...operandsOf(expression.left, operator), ...operandsOf(expression.right, operator)];
}

/** How many parts lie within one another in the SQL of an expression. */
export function depthOf(expression: Expression): number {
  const within = (parts: readonly Expression[]) => 1 + Math.max(0, ...parts.map(depthOf));
  switch (expression.kind) {
    case "unary":
    case "isNull":
      return within([expression.of]);
    case "binary": {
      const { operator, left, right } = expression;
      return within(isJoined(operator) ? operandsOf(expression, operator) : [left, right]);
    }
    case "call":
      return within(expression.arguments);
    default:
      return 1;
  }
}
