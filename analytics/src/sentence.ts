export type Words = Readonly<Record<string, string | number | boolean | null>>;

/** Fills `{name}` places of a sentence; numbers are shortened to what a person reads. An unknown name shows as "?". */
export function fillSentence(template: string, words: Words): string {
  return template.replaceAll(/\{([a-z][a-zA-Z0-9_]*)\}/g, (_, name: string) => wordOf(words[name] ?? null));
}

function wordOf(word: string | number | boolean | null): string {
  if (word === null) return "?";
  if (typeof word !== "number") return String(word);
  const digits = Math.abs(word) >= 100 ? 0 : Math.abs(word) >= 10 ? 1 : 2;
  return String(Number(word.toFixed(digits)));
}
