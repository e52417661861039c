import { unexpectedWord } from "./hints.ts";
import type { Token } from "./tokens.ts";
import { type Expression, visit } from "./tree.ts";

/** What a text may name, and what it is for. */
export interface ExpressionScope {
  readonly parameters: ReadonlySet<string>;
  /** Parameters whose bounds include 0: not to be divided by. */
  readonly mayBeZero?: ReadonlySet<string>;
  /** Those of reports where absent. */
  readonly columns?: ReadonlySet<string> | undefined;
  /** A condition reads something and holds or not; a measure is a number. */
  readonly wanted?: "condition" | "clear" | "measure";
}

/** Leaves the recursive descent from any depth; never escapes `parseExpression`. */
export class Fault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

const END: Token = { kind: "end", text: "", at: 0 };
/** Deepest nesting of a condition. */
export const DEPTH_MAX = 50;

/** Reads a condition's tokens one after the other and says at which of them something is wrong. */
export class Cursor {
  readonly parameters: ReadonlySet<string>;
  readonly mayBeZero: ReadonlySet<string>;
  readonly columns: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  /** Where columns, numbers and calls stand. */
  readonly #places = new Map<Expression, number>();
  #index = 0; // always points at an existing token: the last one is `end` and is never passed
  #depth = 0; // nesting of parentheses and NOTs, bounded so that no text can exhaust the stack

  constructor(tokens: readonly Token[], { parameters, mayBeZero = new Set(), columns = new Set() }: ExpressionScope) {
    this.parameters = parameters;
    this.mayBeZero = mayBeZero;
    this.columns = columns;
    this.#tokens = tokens;
  }

  /** Remembers where a part stands. */
  at<T extends Expression>(place: number, part: T): T {
    this.#places.set(part, place);
    return part;
  }

  /** Where a part begins: the leftmost of its own that is known. */
  placeOf(expression: Expression): number {
    const known: number[] = [];
    visit(expression, (part) => known.push(this.#places.get(part) ?? Number.POSITIVE_INFINITY));
    return Math.min(...known);
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
    const token = this.peek();
    if (!this.take(text)) this.fail(`expected ${JSON.stringify(text)}, got ${describe(token)}${unexpectedWord(token.text)}`);
  }

  expectEnd(): void {
    const token = this.peek();
    if (token.kind !== "end") this.fail(`expected an operator or the end, got ${describe(token)}${unexpectedWord(token.text)}`);
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

/** A token as an error message shows it. */
export function describe(token: Token): string {
  return token.kind === "end" ? "the end of the condition" : JSON.stringify(token.text);
}
