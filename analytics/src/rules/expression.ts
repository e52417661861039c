import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { ROW_FUNCTIONS, SINCE_CHARGE_FUNCTIONS, SINCE_CHARGE_MINUTES, WINDOW_FUNCTIONS, WINDOW_MINUTES_MAX } from "./functions.ts";
import { OTHER_COLUMNS } from "./rowSource.ts";
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
  /** `since` "charge": compared with the last report of the last charge, at most `minutes` ago, in place of a window's rows. */
  | { readonly kind: "window"; readonly name: string; readonly column: string; readonly minutes: number; readonly since?: "charge" };

export type Parsed = { readonly ok: true; readonly expression: Expression } | { readonly ok: false; readonly fault: ExpressionFault };

const COLUMNS = new Set(SIGNAL_NAMES.map(columnOf));
const SCALAR_COLUMNS = new Set([
  ...SIGNAL_NAMES.filter((name) => signalDefinition(name).kind !== "float32[]").map(columnOf),
  ...OTHER_COLUMNS,
]);
const ENUM_VALUES = new Set(SIGNAL_NAMES.flatMap((name) => signalDefinition(name).values ?? []));
const COMPARISONS = new Set(["=", "!=", "<>", "<", "<=", ">", ">="]);
const RESERVED = new Set(["AND", "OR", "NOT", "IS", "NULL", "BETWEEN", "SELECT", "FROM", "WHERE", "UNION", "FORMAT", "SETTINGS"]);

/**
 * Parses a condition: comparisons, AND/OR/NOT, IS [NOT] NULL, BETWEEN, arithmetic, catalogue columns, `{parameters}`
 * and allowed functions, `rate(soc_pct) OVER 10 min`, `rise(pack_voltage_v) SINCE LAST CHARGE`. Division by 0 or by a parameter of
 * `mayBeZero` is a fault; by a reading that happens to be 0 it gives NULL. Anything else (sub-query, table function, semicolon, comment) is a fault with its position.
 */
export function parseExpression(
  text: string,
  parameters: ReadonlySet<string>,
  mayBeZero: ReadonlySet<string> = new Set(),
  columns: ReadonlySet<string> = COLUMNS,
): Parsed {
  const tokens = tokenize(text);
  if (!("length" in tokens)) return { ok: false, fault: tokens };
  const cursor = new Cursor(tokens, parameters, mayBeZero, columns);
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
  readonly mayBeZero: ReadonlySet<string>;
  readonly columns: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  #index = 0; // always points at an existing token: the last one is `end` and is never passed
  #depth = 0; // nesting of parentheses and NOTs, bounded so that no text can exhaust the stack

  constructor(tokens: readonly Token[], parameters: ReadonlySet<string>, mayBeZero: ReadonlySet<string>, columns: ReadonlySet<string>) {
    this.mayBeZero = mayBeZero;
    this.columns = columns;
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
    left = binary(operator, left, operator === "*" ? parseUnary(cursor) : parseDivisor(cursor));
  }
}

function parseDivisor(cursor: Cursor): Expression {
  const { at } = cursor.peek();
  const divisor = parseUnary(cursor);
  if (divisor.kind === "number" && Number(divisor.text) === 0) cursor.fail("division by zero", at);
  if (divisor.kind === "parameter" && cursor.mayBeZero.has(divisor.name)) {
    cursor.fail(`division by {${divisor.name}}, whose bounds include 0`, at);
  }
  return divisor;
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
  if (!cursor.columns.has(token.text)) cursor.fail(`unknown column ${JSON.stringify(token.text)}; see docs/signals.md`, token.at);
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

function windowCall(cursor: Cursor, token: Token, [column, given]: readonly Expression[]): Expression {
  if (given === undefined && cursor.take("SINCE")) return sinceCharge(cursor, token, column);
  const minutes = given === undefined && cursor.take("OVER") ? parseMinutes(cursor) : given;
  if (column?.kind !== "column" || !SCALAR_COLUMNS.has(column.name) || minutes?.kind !== "number") {
    return cursor.fail(`${token.text} takes a column that is not an array, and a number of minutes or OVER 10 min`, token.at);
  }
  const length = Number(minutes.text);
  if (!(length > 0 && length <= WINDOW_MINUTES_MAX)) {
    cursor.fail(`${token.text} looks back over 0 to ${WINDOW_MINUTES_MAX} minutes, got ${minutes.text}`, token.at);
  }
  return { kind: "window", name: token.text, column: column.name, minutes: length };
}

function parseMinutes(cursor: Cursor): Expression {
  const amount = parseUnary(cursor);
  if (cursor.take("min")) return amount;
  cursor.expect("h");
  return amount.kind === "number" ? { kind: "number", text: String(Number(amount.text) * 60) } : amount;
}

function sinceCharge(cursor: Cursor, token: Token, column: Expression | undefined): Expression {
  cursor.expect("LAST");
  cursor.expect("CHARGE");
  if (!cursor.columns.has("charge_state")) cursor.fail("only reports know of a charge", token.at);
  if (!SINCE_CHARGE_FUNCTIONS.has(token.text)) {
    cursor.fail(`${token.text} has no SINCE LAST CHARGE; ${[...SINCE_CHARGE_FUNCTIONS.keys()].join(", ")} have`, token.at);
  }
  if (column?.kind !== "column" || !SCALAR_COLUMNS.has(column.name)) {
    return cursor.fail(`${token.text} takes a column that is not an array`, token.at);
  }
  return { kind: "window", name: token.text, column: column.name, minutes: SINCE_CHARGE_MINUTES, since: "charge" };
}
