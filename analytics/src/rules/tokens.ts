/** Cuts a rule's condition into tokens; every token knows where it starts, so that an error can name the place. */

export type Token =
  | { readonly kind: "number"; readonly text: string; readonly at: number }
  | { readonly kind: "string"; readonly text: string; readonly at: number }
  | { readonly kind: "word"; readonly text: string; readonly at: number }
  | { readonly kind: "parameter"; readonly text: string; readonly at: number }
  | { readonly kind: "operator"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

/** A fault in an expression: what is wrong and the 0-based character where. */
export interface ExpressionFault {
  readonly at: number;
  readonly message: string;
}

const PATTERNS: readonly { kind: "number" | "string" | "word" | "parameter" | "operator"; pattern: RegExp }[] = [
  { kind: "number", pattern: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z0-9_.])/y },
  { kind: "string", pattern: /'[A-Za-z0-9_ .-]*'/y },
  { kind: "parameter", pattern: /\{[a-z][a-z0-9_]*\}/y },
  { kind: "word", pattern: /[A-Za-z_][A-Za-z0-9_]*/y },
  { kind: "operator", pattern: /<=|>=|!=|<>|[-+*/%=<>(),]/y },
];

/** What other languages and keyboards write, and what a condition has in its place. */
const INSTEAD: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/--|\/\*|#/y, "comments are not allowed in a condition"],
  [/==|<=>/y, "write = for equality"],
  [/&&/y, "write AND"],
  [/\|\|/y, "write OR"],
  [/!(?!=)/y, "write NOT"],
  [/\^/y, "there are no powers: write a product"],
  [/\[/y, "single readings of a list cannot be named; use the lowest and highest of it"],
  [/["“”„‘’`]/y, "write texts in straight single quotes: 'parked_charging'"],
  [/\{[^}]*\}?/y, "a parameter's name is of small letters, digits and _: {limit_v}"],
  [/[\d.][\w.]*/y, "not a number: expected digits such as 12.5 or 1e-3"],
  [/[（）＜＞＝，．＋－０-９]/y, "a full-width character: expected the plain one"],
  [/[\u200b-\u200f\u2060\ufeff]/y, "an invisible character"],
];

/** Tokens of the text, closed by an `end` token, or the first character that belongs to none. */
export function tokenize(text: string): readonly Token[] | ExpressionFault {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at)) && text.charAt(at) !== "\ufeff") {
      at += 1;
      continue;
    }
    const instead = INSTEAD.slice(0, 2).find(([pattern]) => matchAt(pattern, text, at) !== undefined);
    if (instead !== undefined) return { at, message: instead[1] };
    const token = tokenAt(text, at);
    if (token === null) return { at, message: unexpected(text, at) };
    tokens.push(token);
    at += token.kind === "string" || token.kind === "parameter" ? token.text.length + 2 : token.text.length;
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function tokenAt(text: string, at: number): Token | null {
  for (const { kind, pattern } of PATTERNS) {
    const match = matchAt(pattern, text, at);
    if (match !== undefined) return { kind, text: kind === "string" || kind === "parameter" ? match.slice(1, -1) : match, at };
  }
  return null;
}

function unexpected(text: string, at: number): string {
  const shown = `unexpected character ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))}`;
  for (const [pattern, message] of INSTEAD) if (matchAt(pattern, text, at) !== undefined) return `${shown}: ${message}`;
  return shown;
}
