import { columnOf, SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import type { Expression } from "./tree.ts";

/** What a part of a condition gives: a number, a yes or no, one of an enum signal's values, a text in quotes, or a list of readings. */
type ValueType =
  | { readonly kind: "number"; readonly isWhole: boolean }
  | { readonly kind: "truth" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "text" }
  | { readonly kind: "list" };

/** Says what is wrong with a part, at its place; never returns. */
type Fail = (part: Expression, message: string) => never;
type Call = Extract<Expression, { kind: "call" }>;
type Binary = Extract<Expression, { kind: "binary" }>;

const NUMBER: ValueType = { kind: "number", isWhole: false };
const WHOLE: ValueType = { kind: "number", isWhole: true };
const TRUTH: ValueType = { kind: "truth" };

/** Numbers of a day and scores are plain numbers: what is not listed here is one. */
const SIGNAL_TYPES = new Map(SIGNAL_NAMES.map((name) => [columnOf(name), signalType(signalDefinition(name))]));

function signalType({ kind, values = [] }: ReturnType<typeof signalDefinition>): ValueType {
  switch (kind) {
    case "bool":
      return TRUTH;
    case "enum":
      return { kind: "enum", values };
    case "float32[]":
      return { kind: "list" };
    default:
      return { kind: "number", isWhole: kind.startsWith("uint") };
  }
}

/** A condition must be something that holds or not; the measure a number. What the database could not compute never reaches it. */
export function checkTypes(expression: Expression, wanted: "truth" | "number", fail: Fail): void {
  need(expression, wanted, fail);
}

function need(part: Expression, wanted: "truth" | "number", fail: Fail): ValueType {
  const type = typeOf(part, fail);
  if (type.kind === wanted) return type;
  if (wanted === "number") return fail(part, `expected a number, got ${shown(part, type)}`);
  return fail(part, `expected something that holds or not, got ${shown(part, type)}: compare it, as in soc_pct < 20`);
}

const TYPE_NAMES = {
  number: "a number",
  truth: "a condition",
  enum: "an enum signal",
  text: "a text",
  list: "a list of readings",
} as const;

function shown(part: Expression, { kind }: ValueType): string {
  const name = part.kind === "column" ? `${part.name}, ` : "";
  return `${name}${TYPE_NAMES[kind]}`;
}

function typeOf(part: Expression, fail: Fail): ValueType {
  switch (part.kind) {
    case "number":
      return { kind: "number", isWhole: /^\d+$/.test(part.text) };
    case "string":
      return { kind: "text" };
    case "parameter":
      return NUMBER;
    case "column":
      return SIGNAL_TYPES.get(part.name) ?? NUMBER;
    case "unary":
      return need(part.of, part.operator === "NOT" ? "truth" : "number", fail);
    case "isNull":
      notAList(part.of, fail);
      return TRUTH;
    case "binary":
      return binaryType(part, fail);
    case "call":
      return callType(part, fail);
    case "window":
      return (SIGNAL_TYPES.get(part.column) ?? NUMBER).kind === "number"
        ? NUMBER
        : fail(part, `${part.name} takes a column of numbers, ${part.column} is none`);
  }
}

/** A list has no NULL: one that did not come is empty. */
function notAList(part: Expression, fail: Fail): ValueType {
  const type = typeOf(part, fail);
  return type.kind === "list" ? fail(part, `${shown(part, type)}, is never NULL: use length(...) = 0`) : type;
}

function binaryType(part: Binary, fail: Fail): ValueType {
  const { operator, left, right } = part;
  if (operator === "AND" || operator === "OR") {
    need(left, "truth", fail);
    return need(right, "truth", fail);
  }
  if ("+-*/%".includes(operator)) {
    need(left, "number", fail);
    need(right, "number", fail);
    return NUMBER;
  }
  compared(part, fail);
  return TRUTH;
}

/** Numbers with numbers, an enum signal with one of its own values, and nothing else; a yes-or-no signal also with 0 and 1. */
function compared({ operator, left, right }: Binary, fail: Fail): void {
  const [a, b] = [typeOf(left, fail), typeOf(right, fail)];
  const isEquality = operator === "=" || operator === "!=";
  if (a.kind === "enum") oneOf(left, a.values, right, isEquality, fail);
  else if (b.kind === "enum") oneOf(right, b.values, left, isEquality, fail);
  else
    bothPlain(
      [
        [left, a],
        [right, b],
      ],
      operator,
      fail,
    );
}

function bothPlain(sides: readonly (readonly [Expression, ValueType])[], operator: string, fail: Fail): void {
  const isEquality = operator === "=" || operator === "!=";
  for (const [part, type] of sides) {
    if (type.kind === "truth" && isEquality) continue;
    if (type.kind !== "number") fail(part, `${shown(part, type)} cannot be compared with ${operator}`);
  }
}

function oneOf(signal: Expression, values: readonly string[], other: Expression, isEquality: boolean, fail: Fail): void {
  const among = values.map((value) => `'${value}'`).join(", ");
  const name = signal.kind === "column" ? signal.name : "the signal";
  if (!isEquality || other.kind !== "string") fail(other, `expected = or != and a value of ${name}: ${among}`);
  if (other.kind === "string" && !values.includes(other.text)) fail(other, `'${other.text}' is not a value of ${name}: expected ${among}`);
}

function callType({ name, arguments: inputs }: Call, fail: Fail): ValueType {
  const [first, second, third] = inputs;
  switch (name) {
    case "isNull":
    case "isNotNull":
      for (const input of inputs) notAList(input, fail);
      return TRUTH;
    case "length":
      for (const input of inputs) list(input, fail);
      return WHOLE;
    case "bitAnd":
      for (const input of inputs) whole(input, fail);
      return WHOLE;
    case "if":
      if (first !== undefined) need(first, "truth", fail);
      return alike([second, third], fail);
    case "coalesce":
    case "nullIf":
      return alike(inputs, fail);
    default:
      for (const input of inputs) need(input, "number", fail);
      if (name === "round" && second !== undefined && second.kind !== "number")
        fail(second, "round takes the number of digits as a number");
      return NUMBER;
  }
}

function list(input: Expression, fail: Fail): void {
  if (typeOf(input, fail).kind !== "list") fail(input, "length takes a list of readings, such as cell_voltages_v");
}

function whole(input: Expression, fail: Fail): void {
  const type = typeOf(input, fail);
  if (type.kind !== "number" || !type.isWhole)
    fail(input, "bitAnd takes signals and numbers that are whole, such as bitAnd(alarm_flags, 4)");
}

/** All numbers, or all conditions. */
function alike(inputs: readonly (Expression | undefined)[], fail: Fail): ValueType {
  const [first, ...rest] = inputs.filter((input) => input !== undefined);
  if (first === undefined) return NUMBER;
  const wanted = typeOf(first, fail).kind === "truth" ? "truth" : "number";
  need(first, wanted, fail);
  for (const input of rest) need(input, wanted, fail);
  return wanted === "truth" ? TRUTH : NUMBER;
}
