export type Words = Readonly<Record<string, string | number | boolean | null>>;

const PLACE = /\{([a-z][a-zA-Z0-9_]*)\}/g;

/**
 * Fills `{name}` places of a sentence; numbers are shortened to what a person reads. An unknown name shows as "?", but a part in
 * `[[ ]]` is left out when a name in it is unknown.
 */
export function fillSentence(template: string, words: Words): string {
  const isKnown = (part: string) => [...part.matchAll(PLACE)].every(([, name = ""]) => (words[name] ?? null) !== null);
  const kept = template.replaceAll(/\[\[(.*?)\]\]/g, (_, part: string) => (isKnown(part) ? part : ""));
  return kept.replaceAll(PLACE, (_, name: string) => wordOf(words[name] ?? null));
}

function wordOf(word: string | number | boolean | null): string {
  if (word === null) return "?";
  if (typeof word !== "number") return String(word);
  const digits = Math.abs(word) >= 100 ? 0 : Math.abs(word) >= 10 ? 1 : 2;
  return String(Number(word.toFixed(digits)));
}
