import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { ROW_FUNCTIONS, WINDOW_FUNCTIONS, WINDOW_MINUTES_MAX } from "./functions.ts";
import { type ExpressionFault, type Token, tokenize } from "./tokens.ts";

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
  | { readonly kind: "window"; readonly name: string; readonly column: string; readonly minutes: number };

export type Parsed = { readonly ok: true; readonly expression: Expression } | { readonly ok: false; readonly fault: ExpressionFault };

const COLUMNS = new Set(SIGNAL_NAMES.map(columnOf));
const SCALAR_COLUMNS = new Set(SIGNAL_NAMES.filter((name) => signalDefinition(name).kind !== "float32[]").map(columnOf));
const ENUM_VALUES = new Set(SIGNAL_NAMES.flatMap((name) => signalDefinition(name).values ?? []));
const COMPARISONS = new Set(["=", "!=", "<>", "<", "<=", ">", ">="]);
const RESERVED = new Set(["AND", "OR", "NOT", "IS", "NULL", "BETWEEN", "SELECT", "FROM", "WHERE", "UNION", "FORMAT", "SETTINGS"]);

/**
 * Parses a condition: comparisons, AND/OR/NOT, IS [NOT] NULL, BETWEEN, arithmetic, catalogue columns, `{parameters}`
 * and allowed functions. Anything else (sub-query, table function, semicolon, comment) is a fault with its position.
 */
export function parseExpression(text: string, parameters: ReadonlySet<string>): Parsed {
  const tokens = tokenize(text);
  if (!("length" in tokens)) return { ok: false, fault: tokens };
  const cursor = new Cursor(tokens, parameters);
  try {
    const expression = parseOr(cursor);
    cursor.expectEnd();
    return { ok: true, expression };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: { at: error.at, message: error.message } };
    throw error;
  }
}

/** Leaves the recursive descent from any depth; never escapes `parseExpression`. */
class Fault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const END: Token = { kind: "end", text: "", at: 0 };
const DEPTH_MAX = 50;

class Cursor {
  readonly parameters: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  #index = 0; // always points at an existing token: the last one is `end` and is never passed
  #depth = 0; // nesting of parentheses and NOTs, bounded so that no text can exhaust the stack

  constructor(tokens: readonly Token[], parameters: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.parameters = parameters;
  }

  peek(): Token {
    return this.#tokens[this.#index] ?? END;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#index += 1;
    return token;
  }

  /** Takes the keyword or operator when it is next. */
  take(text: string): boolean {
    const token = this.peek();
    if (token.kind !== "operator" && token.kind !== "word") return false;
    if (token.text.toUpperCase() !== text.toUpperCase()) return false;
    this.next();
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) this.fail(`expected ${JSON.stringify(text)}, got ${describe(this.peek())}`);
  }

  expectEnd(): void {
    if (this.peek().kind !== "end") this.fail(`expected an operator or the end, got ${describe(this.peek())}`);
  }

  fail(message: string, at = this.peek().at): never {
    throw new Fault(at, message);
  }

  nested<T>(parse: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) this.fail(`nested deeper than ${DEPTH_MAX} levels`);
    const result = parse();
    this.#depth -= 1;
    return result;
  }
}

function describe(token: Token): string {
  return token.kind === "end" ? "the end of the condition" : JSON.stringify(token.text);
}

function parseOr(cursor: Cursor): Expression {
  let left = parseAnd(cursor);
  while (cursor.take("OR")) left = { kind: "binary", operator: "OR", left, right: parseAnd(cursor) };
  return left;
}

function parseAnd(cursor: Cursor): Expression {
  let left = parseNot(cursor);
  while (cursor.take("AND")) left = { kind: "binary", operator: "AND", left, right: parseNot(cursor) };
  return left;
}

function parseNot(cursor: Cursor): Expression {
  if (cursor.take("NOT")) return { kind: "unary", operator: "NOT", of: cursor.nested(() => parseNot(cursor)) };
  return parseComparison(cursor);
}

function parseComparison(cursor: Cursor): Expression {
  const left = parseSum(cursor);
  if (cursor.take("IS")) {
    const negated = cursor.take("NOT");
    cursor.expect("NULL");
    return { kind: "isNull", of: left, negated };
  }
  if (cursor.take("BETWEEN")) {
    const low = parseSum(cursor);
    cursor.expect("AND");
    const high = parseSum(cursor);
    return binary("AND", binary(">=", left, low), binary("<=", left, high));
  }
  const token = cursor.peek();
  if (token.kind !== "operator" || !COMPARISONS.has(token.text)) return left;
  cursor.next();
  return binary(token.text === "<>" ? "!=" : token.text, left, parseSum(cursor));
}

function binary(operator: string, left: Expression, right: Expression): Expression {
  return { kind: "binary", operator, left, right };
}

function parseSum(cursor: Cursor): Expression {
  let left = parseProduct(cursor);
  for (;;) {
    const operator = cursor.take("+") ? "+" : cursor.take("-") ? "-" : null;
    if (operator === null) return left;
    left = binary(operator, left, parseProduct(cursor));
  }
}

function parseProduct(cursor: Cursor): Expression {
  let left = parseUnary(cursor);
  for (;;) {
    const operator = cursor.take("*") ? "*" : cursor.take("/") ? "/" : cursor.take("%") ? "%" : null;
    if (operator === null) return left;
    left = binary(operator, left, parseUnary(cursor));
  }
}

function parseUnary(cursor: Cursor): Expression {
  if (cursor.take("-")) return { kind: "unary", operator: "-", of: cursor.nested(() => parseUnary(cursor)) };
  return parsePrimary(cursor);
}

function parsePrimary(cursor: Cursor): Expression {
  if (cursor.take("(")) {
    const inner = cursor.nested(() => parseOr(cursor));
    cursor.expect(")");
    return inner;
  }
  const token = cursor.next();
  switch (token.kind) {
    case "number":
      return { kind: "number", text: token.text };
    case "string":
      if (!ENUM_VALUES.has(token.text)) cursor.fail(`${JSON.stringify(token.text)} is not a value of any enum signal`, token.at);
      return { kind: "string", text: token.text };
    case "parameter":
      if (!cursor.parameters.has(token.text)) cursor.fail(`parameter {${token.text}} is not declared under parameters`, token.at);
      return { kind: "parameter", name: token.text };
    case "word":
      return parseWord(cursor, token);
    default:
      return cursor.fail(`expected a column, number, {parameter} or function, got ${describe(token)}`, token.at);
  }
}

function parseWord(cursor: Cursor, token: Token): Expression {
  if (RESERVED.has(token.text.toUpperCase())) cursor.fail(`${JSON.stringify(token.text)} is not allowed here`, token.at);
  if (cursor.take("(")) return cursor.nested(() => parseCall(cursor, token));
  if (!COLUMNS.has(token.text)) cursor.fail(`unknown column ${JSON.stringify(token.text)}; see docs/signals.md`, token.at);
  return { kind: "column", name: token.text };
}

function parseCall(cursor: Cursor, token: Token): Expression {
  const inputs: Expression[] = [];
  do inputs.push(parseOr(cursor));
  while (cursor.take(","));
  cursor.expect(")");
  if (WINDOW_FUNCTIONS.has(token.text)) return windowCall(cursor, token, inputs);
  const arity = ROW_FUNCTIONS.get(token.text);
  if (arity === undefined) return cursor.fail(`function ${JSON.stringify(token.text)} is not allowed`, token.at);
  if (inputs.length < arity.min || inputs.length > arity.max) {
    cursor.fail(`${token.text} takes ${arity.min} to ${arity.max} arguments, got ${inputs.length}`, token.at);
  }
  return { kind: "call", name: token.text, arguments: inputs };
}

function windowCall(cursor: Cursor, token: Token, [column, minutes]: readonly Expression[]): Expression {
  if (column?.kind !== "column" || !SCALAR_COLUMNS.has(column.name) || minutes?.kind !== "number") {
    return cursor.fail(`${token.text} takes a column that is not an array, and a number of minutes`, token.at);
  }
  const length = Number(minutes.text);
  if (!(length > 0 && length <= WINDOW_MINUTES_MAX)) {
    cursor.fail(`${token.text} looks back over 0 to ${WINDOW_MINUTES_MAX} minutes, got ${minutes.text}`, token.at);
  }
  return { kind: "window", name: token.text, column: column.name, minutes: length };
}
