/**
 * The gateway does not say which edition of the standard a payload follows, although the current's offset, the motors'
 * offsets and the width of the torque hang on it. It is told from the items: some exist in one edition only, and of the
 * others each edition has keys of its own. What has no such mark is never guessed.
 */
import type { Edition } from "../../gbt32960/frame.ts";
import { isObject, type JsonObject } from "../json.ts";
import { type Field, ITEM_SHAPES } from "./items.ts";

const EDITIONS: readonly Edition[] = [2016, 2025];
const OTHER: Readonly<Record<Edition, Edition>> = { 2016: 2025, 2025: 2016 };
/** Keys of the login message, which tells it too. */
const LOGIN_KEYS: Readonly<Record<Edition, string>> = { 2016: "Num", 2025: "BmsNum" };

/** The edition all marks agree on; null when there is none, "contradictory" when they do not agree. */
export function editionOf(items: readonly JsonObject[]): Edition | "contradictory" | null {
  const marks = new Set(items.flatMap(marksOf));
  const [edition] = marks;
  if (edition === undefined) return null;
  return marks.size === 1 ? edition : "contradictory";
}

/** The edition of a vehicle's login, by its shape. */
export function editionOfLogin(login: JsonObject): Edition | null {
  const matches = EDITIONS.filter((edition) => Object.hasOwn(login, LOGIN_KEYS[edition]));
  const [edition] = matches;
  return edition !== undefined && matches.length === 1 ? edition : null;
}

interface Marks {
  /** Every key of the item, nested ones too. */
  readonly keys: ReadonlySet<string>;
  /** Keys the item has in this edition and not in the other. */
  readonly own: readonly string[];
}

const MARKS: Readonly<Record<Edition, ReadonlyMap<string, Marks>>> = { 2016: marksOfEdition(2016), 2025: marksOfEdition(2025) };

function marksOfEdition(edition: Edition): ReadonlyMap<string, Marks> {
  const others = ITEM_SHAPES[OTHER[edition]];
  return new Map(
    Object.entries(ITEM_SHAPES[edition]).map(([name, { fields }]) => {
      const keys = fieldKeys(fields);
      const otherKeys = new Set(fieldKeys(others[name]?.fields ?? []));
      return [name, { keys: new Set(keys), own: keys.filter((key) => !otherKeys.has(key)) }];
    }),
  );
}

function fieldKeys(fields: readonly Field[]): readonly string[] {
  return fields.flatMap((field) => [
    field.key,
    ...(field.kind === "list" && typeof field.entry === "object" ? fieldKeys(field.entry) : []),
  ]);
}

/** Editions an item has a key of that the other has not; without such a key, the edition that has none of its own. */
function marksOf(item: JsonObject): readonly Edition[] {
  const name = String(item["Type"]);
  const known = EDITIONS.filter((edition) => MARKS[edition].has(name));
  if (known.length < 2) return known;
  const keys = keysOfItem(item);
  const marked = EDITIONS.filter((edition) => MARKS[edition].get(name)?.own.some((key) => keys.has(key)));
  return marked.length > 0 ? marked : EDITIONS.filter((edition) => isWholeWithoutOwn(MARKS[edition].get(name), keys));
}

function isWholeWithoutOwn(marks: Marks | undefined, keys: ReadonlySet<string>): boolean {
  if (marks === undefined || marks.own.length > 0) return false;
  for (const key of marks.keys) if (!keys.has(key)) return false;
  return true;
}

/** Keys of the item and of the first entry of its lists, which stands for the others. */
function keysOfItem(item: JsonObject): ReadonlySet<string> {
  const nested = Object.values(item).flatMap((list) => (Array.isArray(list) && isObject(list[0]) ? Object.keys(list[0]) : []));
  return new Set([...Object.keys(item), ...nested]);
}
