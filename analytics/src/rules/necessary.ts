import type { Expression } from "./tree.ts";
import { visit } from "./tree.ts";

/** The condition without what reads other rows: true wherever the whole is; the same object where nothing was left out, null where nothing is left. */
export function necessaryPart(expression: Expression): Expression | null {
  if (!readsOtherRows(expression)) return expression;
  if (expression.kind !== "binary" || expression.operator !== "AND") return null;
  const [left, right] = [necessaryPart(expression.left), necessaryPart(expression.right)];
  if (left === null || right === null) return left ?? right;
  return { ...expression, left, right };
}

/** Whether an expression looks at more than its own row. */
export function readsOtherRows(expression: Expression): boolean {
  let reads = false;
  visit(expression, (part) => {
    if (part.kind === "window") reads = true;
  });
  return reads;
}
