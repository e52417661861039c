/**
 * Our own JSON straight into a row: the same reports as sampleJson.ts, without a schema's copies. It takes those where every key
 * and value is as it should be and leaves all others to the general decoder, which says what is wrong with them.
 */
import { type SignalDefinition, type SignalName, signalDefinition } from "@bellwether/contracts/signals";
import { parseVin } from "@bellwether/contracts/vin";
import type { ReportRow } from "../reportRow.ts";
import { LIST_NAMES, SCALAR_NAMES, storedNumber } from "../signalColumns.ts";
import { plausibleRange } from "../validate.ts";
import { instantMs, isObject, parseJson } from "./json.ts";

const EVENT_TIME = Buffer.from('"eventTime"');
const WHOLE_KINDS: ReadonlySet<SignalDefinition["kind"]> = new Set<SignalDefinition["kind"]>(["uint8", "uint16", "uint32"]);

interface SignalKey {
  readonly name: SignalName;
  readonly kind: SignalDefinition["kind"];
  readonly position: number;
  readonly isWhole: boolean;
  readonly min: number;
  readonly max: number;
}

const KEYS: ReadonlyMap<string, SignalKey> = new Map([...SCALAR_NAMES.map(keyOf), ...LIST_NAMES.map(keyOf)]);

function keyOf(name: SignalName, position: number): readonly [string, SignalKey] {
  const { kind } = signalDefinition(name);
  const { min, max } =
    kind === "bool" || kind === "enum" ? { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY } : plausibleRange(name);
  return [name, { name, kind, position, isWhole: WHOLE_KINDS.has(kind), min, max }];
}

/** Whether the payload may be of our format; other JSON is not parsed twice. */
export function mayBeSampleJson(payload: Buffer): boolean {
  return payload.includes(EVENT_TIME);
}

/**
 * Fills the row with a report; false where the general decoder has to look. `receivedTimeMs` is when the log received the
 * record; a receive time inside it wins.
 */
export function readSampleJson(payload: Buffer, receivedTimeMs: number, row: ReportRow): boolean {
  const json = parseJson(payload);
  if (!isObject(json)) return false;
  const vin = typeof json["vin"] === "string" ? parseVin(json["vin"]) : null;
  const eventTimeMs = instantMs(json["eventTime"]);
  const received = json["receivedTime"];
  const receivedMs = received === undefined || received === null ? receivedTimeMs : instantMs(received);
  if (vin === null || eventTimeMs === undefined || receivedMs === undefined) return false;
  row.clear();
  row.vin = vin;
  row.eventTimeMs = eventTimeMs;
  row.receivedTimeMs = receivedMs;
  row.format = "sample-json";
  for (const key in json) if (!readMember(key, json[key], row)) return false;
  return true;
}

function readMember(key: string, reading: unknown, row: ReportRow): boolean {
  const signal = KEYS.get(key);
  if (signal === undefined) return readOther(key, reading, row);
  if (reading === null) return true;
  if (signal.kind === "float32[]") return readList(reading, signal, row);
  if (typeof reading === "number") return readNumber(reading, signal, row);
  if (signal.kind === "bool" ? typeof reading !== "boolean" : signal.kind !== "enum" || typeof reading !== "string") return false;
  const stored = storedNumber(signal.name, reading);
  row.numbers[signal.position] = stored;
  return !Number.isNaN(stored);
}

function readNumber(reading: number, { kind, position, isWhole, min, max }: SignalKey, row: ReportRow): boolean {
  if (kind === "bool" || kind === "enum" || reading < min || reading > max) return false;
  row.numbers[position] = reading;
  return !isWhole || Number.isInteger(reading);
}

function readOther(key: string, reading: unknown, row: ReportRow): boolean {
  switch (key) {
    case "vin":
    case "eventTime":
    case "receivedTime":
      return true;
    case "isReissue":
      row.isReissue = reading === true;
      return typeof reading === "boolean" || reading === null;
    case "dtcs":
      return reading === null || (Array.isArray(reading) && reading.length === 0);
    case "extra":
      return reading === null;
    default:
      return false;
  }
}

function readList(list: unknown, { position, min, max }: SignalKey, row: ReportRow): boolean {
  if (!Array.isArray(list)) return false;
  const elements: readonly unknown[] = list;
  let at = row.addToList(position, elements.length);
  const into = row.elements;
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i];
    if (typeof element === "number") {
      if (element < min || element > max) return false;
      into[at++] = element;
    } else if (element === null) into[at++] = Number.NaN;
    else return false;
  }
  return true;
}
