/** One value of our JSON into a row; each function steps over it and is false where it is not what the signal should hold. */
import { type SignalDefinition, type SignalName, signalDefinition } from "@bellwether/contracts/signals";
import { plausibleRange } from "../arrival/validate.ts";
import type { ReportRow } from "../blocks/reportRow.ts";
import { storedNumber } from "../blocks/signalColumns.ts";
import { type JsonCursor, NULL_BYTES } from "./jsonCursor.ts";

export interface SignalKey {
  readonly name: SignalName;
  readonly kind: SignalDefinition["kind"];
  readonly position: number;
  readonly isWhole: boolean;
  readonly min: number;
  readonly max: number;
}

/** More elements than any pack has cells; longer lists go the long way. */
const ELEMENTS_MAX = 4_096;
const WHOLE_KINDS: ReadonlySet<SignalDefinition["kind"]> = new Set<SignalDefinition["kind"]>(["uint8", "uint16", "uint32"]);
const OPEN_BRACKET = 0x5b;
const QUOTE = 0x22;
export const TRUE_BYTES = Buffer.from("true");
export const FALSE_BYTES = Buffer.from("false");

/** Filled by one list and read before the next. */
const elements = new Float64Array(ELEMENTS_MAX);

export function keyOf(name: SignalName, position: number): SignalKey {
  const { kind } = signalDefinition(name);
  return { name, kind, position, isWhole: WHOLE_KINDS.has(kind), ...plausibleRange(name) };
}

export function takeSignal(cursor: JsonCursor, signal: SignalKey, row: ReportRow): boolean {
  const { name, kind } = signal;
  switch (cursor.peek()) {
    case OPEN_BRACKET:
      return kind === "float32[]" && takeList(cursor, signal, row);
    case QUOTE:
      return kind === "enum" && cursor.takeText() && put(storedNumber(name, cursor.text()), signal, row);
    case NULL_BYTES[0]:
      return cursor.takeWord(NULL_BYTES);
    case TRUE_BYTES[0]:
      return kind === "bool" && cursor.takeWord(TRUE_BYTES) && put(1, signal, row);
    case FALSE_BYTES[0]:
      return kind === "bool" && cursor.takeWord(FALSE_BYTES) && put(0, signal, row);
    default:
      return takeNumber(cursor, signal, row);
  }
}

function takeNumber(cursor: JsonCursor, signal: SignalKey, row: ReportRow): boolean {
  const { kind, isWhole, min, max } = signal;
  if (kind === "bool" || kind === "enum" || kind === "float32[]") return false;
  const number = cursor.takeNumber();
  if (number < min || number > max || (isWhole && !Number.isInteger(number))) return false;
  return put(number, signal, row);
}

function takeList(cursor: JsonCursor, { position, min, max }: SignalKey, row: ReportRow): boolean {
  const length = cursor.takeNumbers(elements);
  if (length <= 0) return length === 0;
  let at = row.addToList(position, length);
  const into = row.elements;
  for (let i = 0; i < length; i++) {
    const element = elements[i] ?? Number.NaN;
    if (element < min || element > max) return false;
    into[at++] = element;
  }
  return true;
}

function put(stored: number, { position }: SignalKey, row: ReportRow): boolean {
  row.numbers[position] = stored;
  return !Number.isNaN(stored);
}
