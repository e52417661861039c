import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { checkTypes } from "./checkTypes.ts";
import { constantOf } from "./constants.ts";
import { Cursor, DEPTH_MAX, describe, type ExpressionScope, Fault } from "./cursor.ts";
import {
  ROW_FUNCTIONS,
  SINCE_CHARGE_FUNCTIONS,
  SINCE_CHARGE_MINUTES,
  WINDOW_FUNCTIONS,
  WINDOW_MINUTES_MAX,
  WINDOW_MINUTES_MIN,
} from "./functions.ts";
import { unexpectedWord, unknownColumn, unknownFunction } from "./hints.ts";
import { OTHER_COLUMNS } from "./rowSource.ts";
import { type ExpressionFault, type Token, tokenize } from "./tokens.ts";
import { depthOf, type Expression, visit } from "./tree.ts";

export type Parsed = { readonly ok: true; readonly expression: Expression } | { readonly ok: false; readonly fault: ExpressionFault };

const COLUMNS = new Set(SIGNAL_NAMES.map(columnOf));
const SCALAR_COLUMNS = new Set([
  ...SIGNAL_NAMES.filter((name) => signalDefinition(name).kind !== "float32[]").map(columnOf),
  ...OTHER_COLUMNS,
]);
const COMPARISONS = new Set(["=", "!=", "<>", "<", "<=", ">", ">="]);
const RESERVED = new Set(["AND", "OR", "NOT", "IS", "NULL", "BETWEEN", "SELECT", "FROM", "WHERE", "UNION", "FORMAT", "SETTINGS"]);

/**
 * Parses a condition: comparisons, AND/OR/NOT, IS [NOT] NULL, [NOT] BETWEEN, arithmetic, catalogue columns, `{parameters}`
 * and allowed functions, `rate(soc_pct) OVER 10 min`, `rise(pack_voltage_v) SINCE LAST CHARGE`. Division by 0 or by a parameter that
 * may be 0 is a fault; by a reading that happens to be 0 it gives NULL. Anything else (sub-query, table function, semicolon, comment,
 * a number compared with a text) is a fault with its position: what the database could not run never reaches it.
 */
export function parseExpression(text: string, scope: ExpressionScope): Parsed {
  const tokens = tokenize(text);
  if (!("length" in tokens)) return { ok: false, fault: tokens };
  const long = tokens[TOKENS_MAX];
  if (long !== undefined) return { ok: false, fault: { at: long.at, message: `longer than ${TOKENS_MAX} words, numbers and signs` } };
  const cursor = new Cursor(tokens, { ...scope, columns: scope.columns ?? COLUMNS });
  try {
    const expression = parseOr(cursor);
    cursor.expectEnd();
    check(cursor, expression, scope.wanted ?? "condition");
    return { ok: true, expression };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: { at: error.at, message: error.message } };
    throw error;
  }
}

const TOKENS_MAX = 600;

function check(cursor: Cursor, expression: Expression, wanted: NonNullable<ExpressionScope["wanted"]>): void {
  checkTypes(expression, wanted === "measure" ? "number" : "truth", (part, message) => cursor.fail(message, cursor.placeOf(part)));
  if (depthOf(expression) > DEPTH_MAX) cursor.fail(`nested deeper than ${DEPTH_MAX} levels: put parts of it in parentheses`, 0);
  let isReading = false;
  visit(expression, ({ kind }) => {
    isReading ||= kind === "column" || kind === "window";
  });
  if (!isReading && wanted === "condition") cursor.fail("reads no signal: it would hold always or never", 0);
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
  if (cursor.take("BETWEEN")) return parseBetween(cursor, left);
  if (cursor.take("NOT")) {
    cursor.expect("BETWEEN");
    return { kind: "unary", operator: "NOT", of: parseBetween(cursor, left) };
  }
  const token = cursor.peek();
  if (token.kind !== "operator" || !COMPARISONS.has(token.text)) return left;
  cursor.next();
  const right = parseSum(cursor);
  const again = cursor.peek();
  if (again.kind === "operator" && COMPARISONS.has(again.text)) {
    cursor.fail("comparisons do not chain: write low < x AND x < high, or x BETWEEN low AND high");
  }
  return binary(token.text === "<>" ? "!=" : token.text, left, right);
}

function parseBetween(cursor: Cursor, of: Expression): Expression {
  const { at } = cursor.peek();
  const low = parseSum(cursor);
  cursor.expect("AND");
  const high = parseSum(cursor);
  const [from, to] = [low, high].map((bound) => constantOf(bound, () => Number.NaN));
  if (typeof from === "number" && typeof to === "number" && from > to) cursor.fail(`nothing lies between ${from} and ${to}`, at);
  return binary("AND", binary(">=", of, low), binary("<=", of, high));
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
  if (constantOf(divisor, () => Number.NaN) === 0) cursor.fail("division by zero", at);
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
      if (!Number.isFinite(Number(token.text))) cursor.fail(`${token.text} is too large a number`, token.at);
      return cursor.at(token.at, { kind: "number", text: token.text });
    case "string":
      return cursor.at(token.at, { kind: "string", text: token.text });
    case "parameter":
      if (!cursor.parameters.has(token.text)) cursor.fail(`parameter {${token.text}} is not declared under parameters`, token.at);
      return cursor.at(token.at, { kind: "parameter", name: token.text });
    case "word":
      return parseWord(cursor, token);
    default:
      return cursor.fail(`expected a column, number, {parameter} or function, got ${describe(token)}`, token.at);
  }
}

function parseWord(cursor: Cursor, token: Token): Expression {
  const { text, at } = token;
  if (RESERVED.has(text.toUpperCase())) cursor.fail(`${JSON.stringify(text)} is not allowed here${unexpectedWord(text)}`, at);
  if (cursor.take("("))
    return cursor.at(
      at,
      cursor.nested(() => parseCall(cursor, token)),
    );
  if (!cursor.columns.has(text)) cursor.fail(unknownColumn(text, cursor.columns), at);
  return cursor.at(at, { kind: "column", name: text });
}

function parseCall(cursor: Cursor, token: Token): Expression {
  const inputs: Expression[] = [];
  const arity = WINDOW_FUNCTIONS.has(token.text) ? { min: 1, max: 2 } : ROW_FUNCTIONS.get(token.text);
  if (arity === undefined) return cursor.fail(unknownFunction(token.text), token.at);
  if (!cursor.take(")")) {
    do inputs.push(parseOr(cursor));
    while (cursor.take(","));
    cursor.expect(")");
  }
  if (inputs.length < arity.min || inputs.length > arity.max) {
    const expected = arity.min === arity.max ? `${arity.min}` : `${arity.min} to ${arity.max}`;
    cursor.fail(`${token.text} takes ${expected} argument${expected === "1" ? "" : "s"}, got ${inputs.length}`, token.at);
  }
  if (WINDOW_FUNCTIONS.has(token.text)) return windowCall(cursor, token, inputs);
  return { kind: "call", name: token.text, arguments: inputs };
}

function windowCall(cursor: Cursor, token: Token, [column, given]: readonly Expression[]): Expression {
  if (given === undefined && cursor.take("SINCE")) return sinceCharge(cursor, token, column);
  const minutes = given === undefined && cursor.take("OVER") ? parseMinutes(cursor) : given;
  if (minutes?.kind === "parameter") cursor.fail("how far a window looks back is a number, not a parameter", cursor.placeOf(minutes));
  if (column?.kind !== "column" || !SCALAR_COLUMNS.has(column.name) || minutes?.kind !== "number") {
    return cursor.fail(`${token.text} takes a column that is not an array, and a number of minutes or OVER 10 min`, token.at);
  }
  const length = Number(minutes.text);
  if (!(length >= WINDOW_MINUTES_MIN && length <= WINDOW_MINUTES_MAX)) {
    cursor.fail(`${token.text} looks back over a second to ${WINDOW_MINUTES_MAX} minutes, got ${minutes.text} min`, token.at);
  }
  return { kind: "window", name: token.text, column: column.name, minutes: length };
}

function parseMinutes(cursor: Cursor): Expression {
  const amount = parseUnary(cursor);
  if (cursor.take("min")) return amount;
  if (!cursor.take("h")) cursor.fail(`expected min or h, got ${describe(cursor.peek())}`);
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
