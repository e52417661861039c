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
  { kind: "number", pattern: /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_])/y },
  { kind: "string", pattern: /'[A-Za-z0-9_ .-]*'/y },
  { kind: "parameter", pattern: /\{[a-z][a-z0-9_]*\}/y },
  { kind: "word", pattern: /[A-Za-z_][A-Za-z0-9_]*/y },
  { kind: "operator", pattern: /<=|>=|!=|<>|[-+*/%=<>(),]/y },
];

/** Tokens of the text, closed by an `end` token, or the first character that belongs to none. */
export function tokenize(text: string): readonly Token[] | ExpressionFault {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    if (text.startsWith("--", at) || text.startsWith("/*", at)) return { at, message: "comments are not allowed in a condition" };
    const token = tokenAt(text, at);
    if (token === null) return { at, message: `unexpected character ${JSON.stringify(text.charAt(at))}` };
    tokens.push(token);
    at += token.kind === "string" || token.kind === "parameter" ? token.text.length + 2 : token.text.length;
  }
  return [...tokens, { kind: "end", text: "", at: text.length }];
}

function tokenAt(text: string, at: number): Token | null {
  for (const { kind, pattern } of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(text)?.[0];
    if (match !== undefined) return { kind, text: kind === "string" || kind === "parameter" ? match.slice(1, -1) : match, at };
  }
  return null;
}
