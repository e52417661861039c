import { SIGNAL_NAMES, signalDefinition } from "@bellwether/contracts/signals";
import { ROW_FUNCTIONS, WINDOW_FUNCTIONS } from "./functions.ts";
import { nearestNames } from "./nearestNames.ts";
import { columnsOf, FAMILY_NAMES } from "./rowSource.ts";

/** What is said of a name a condition does not have: what it may have meant, and where such a thing is written. */

const ENUM_VALUES = new Set(SIGNAL_NAMES.flatMap((name) => signalDefinition(name).values ?? []));

/** @param columns those the rule may name */
export function unknownColumn(word: string, columns: ReadonlySet<string>): string {
  const shown = `unknown column ${JSON.stringify(word)}`;
  if (ENUM_VALUES.has(word)) return `${shown}: a signal's value is written in quotes, '${word}'`;
  const families = FAMILY_NAMES.filter((family) => word !== "samples" && columnsOf({ reads: "daily_features", family })?.has(word));
  if (families.length > 0) {
    const reads = families.map((family) => `\`reads: daily_features\` with \`family: ${family}\``).join(" or ");
    return `${shown} among what this rule reads: it is a number of a whole day, for a rule that has ${reads}. One condition reads reports or days, never both: a day's numbers are known only after it, and are computed again when late reports come`;
  }
  const near = nearestNames(word, columns);
  return near.length > 0 ? `${shown}: did you mean ${near.join(" or ")}?` : `${shown}; see docs/signals.md`;
}

/** Aggregates of SQL, and what a condition about one vehicle's reports has instead. */
const FUNCTIONS_INSTEAD: Readonly<Record<string, string>> = {
  max: "highest(column, minutes), or greatest(a, b) of one report",
  min: "lowest(column, minutes), or least(a, b) of one report",
  avg: "highest and lowest over minutes; there is no mean",
  delta: "rise or fall over minutes",
};

export function unknownFunction(word: string): string {
  const shown = `function ${JSON.stringify(word)} is not allowed`;
  const names = [...ROW_FUNCTIONS.keys(), ...WINDOW_FUNCTIONS.keys()];
  const instead = FUNCTIONS_INSTEAD[word.toLowerCase()] ?? nearestNames(word, names).join(" or ");
  return instead === "" ? `${shown}: there are ${names.join(", ")}` : `${shown}: did you mean ${instead}?`;
}

const WORDS_INSTEAD: Readonly<Record<string, string>> = {
  NULL: "a missing signal is asked for with IS NULL",
  IN: "write a = 'x' OR a = 'y'",
  LIKE: "a signal is compared with = or !=",
  FOR: "how long it must hold is the rule's own line `for:`",
  OVER: "OVER follows a function: rise(soc_pct) OVER 10 min",
  SINCE: "SINCE LAST CHARGE follows a function: fall(soc_pct) SINCE LAST CHARGE",
  CASE: "write if(condition, a, b)",
};

/** The reason why a word does not stand where it was found; nothing where there is none to tell. */
export function unexpectedWord(word: string): string {
  const instead = WORDS_INSTEAD[word.toUpperCase()];
  return instead === undefined ? "" : `: ${instead}`;
}
