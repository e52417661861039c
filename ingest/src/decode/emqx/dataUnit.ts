/** Writes the gateway's integers back to where they came from: the data unit of a report, which the binary codec then reads. */
import { ByteWriter, type Width } from "../../gbt32960/bytes.ts";
import type { Edition } from "../../gbt32960/frame.ts";
import { isObject, type JsonObject } from "../json.ts";
import { CUSTOM_DATA, type Field, ITEM_SHAPES } from "./items.ts";

export type DataUnit =
  /** `unreadableFaults`: fault words the gateway could not print. */
  | { readonly kind: "data"; readonly data: Buffer; readonly unreadableFaults: number }
  | { readonly kind: "problem"; readonly detail: string };

interface Draft {
  readonly writer: ByteWriter;
  unreadableFaults: number;
}

const TIME_KEYS = ["Year", "Month", "Day", "Hour", "Minute", "Second"] as const;
const LIMIT: Readonly<Record<Width, number>> = { 1: 0xff, 2: 0xffff, 4: 0xffffffff };
/** A count that is a sentinel: no entries follow. */
const COUNT_SENTINELS: Readonly<Record<Width, readonly number[]>> = { 1: [0xfe, 0xff], 2: [0xfffe, 0xffff], 4: [] };
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const FAULT_WORD = /^([0-9A-Fa-f]{4}|[0-9A-Fa-f]{8})$/;
/** What the gateway prints for a 2016 fault word above FFFF: its format is too narrow. */
const FAULT_TOO_WIDE = /^[*]+$/;
const HEX = /^([0-9A-Fa-f]{2})*$/;

/** The data unit of a report; a problem where a key is missing or holds what a frame cannot. */
export function writeDataUnit(time: unknown, items: readonly JsonObject[], edition: Edition): DataUnit {
  const draft: Draft = { writer: new ByteWriter(), unreadableFaults: 0 };
  const timeFields = TIME_KEYS.map((key): Field => ({ kind: "integer", key, size: 1 }));
  let problem = isObject(time) ? writeFields(draft, timeFields, time, "Time") : "Time as an object";
  for (const [i, item] of items.entries()) problem ??= writeItem(draft, item, edition, `Infos.${i}`);
  if (problem !== null) return { kind: "problem", detail: problem };
  return { kind: "data", data: draft.writer.toBuffer(), unreadableFaults: draft.unreadableFaults };
}

/** Null, or what was expected. */
function writeItem(draft: Draft, item: JsonObject, edition: Edition, path: string): string | null {
  const name = item["Type"];
  if (name === CUSTOM_DATA) return writeBase64(draft, item["Data"], `${path}.Data`);
  const shape = typeof name === "string" && Object.hasOwn(ITEM_SHAPES[edition], name) ? ITEM_SHAPES[edition][name] : undefined;
  if (shape === undefined) return `${path}.Type of the ${edition} edition`;
  draft.writer.uint(shape.type, 1);
  return writeFields(draft, shape.fields, item, path);
}

function writeFields(draft: Draft, fields: readonly Field[], from: JsonObject, path: string): string | null {
  for (const field of fields) {
    const problem = writeField(draft, field, from, path);
    if (problem !== null) return problem;
  }
  return null;
}

function writeField(draft: Draft, field: Field, from: JsonObject, path: string): string | null {
  switch (field.kind) {
    case "integer":
      return writeInteger(draft, from[field.key], field.size, `${path}.${field.key}`);
    case "list":
      return writeList(draft, field, from, path);
    case "faults":
      return writeFaults(draft, field, from, path);
    case "bytes":
      return writeHex(draft, field, from, path);
  }
}

function writeInteger({ writer }: Draft, raw: unknown, size: Width, path: string): string | null {
  if (!isRaw(raw, size)) return `${path} as a raw integer up to ${LIMIT[size]}`;
  writer.uint(raw, size);
  return null;
}

function isRaw(raw: unknown, size: Width): raw is number {
  return typeof raw === "number" && Number.isInteger(raw) && raw >= 0 && raw <= LIMIT[size];
}

function writeList(draft: Draft, { count, size, key, entry }: Extract<Field, { kind: "list" }>, from: JsonObject, path: string) {
  const counted = from[count];
  const list = from[key];
  if (!isCountOf(counted, list, size)) return `${path}.${count} to count the list ${key}`;
  draft.writer.uint(counted, size);
  for (const [i, one] of (Array.isArray(list) ? list : []).entries()) {
    const at = `${path}.${key}.${i}`;
    const problem = typeof entry === "number" ? writeInteger(draft, one, entry, at) : writeEntry(draft, one, entry, at);
    if (problem !== null) return problem;
  }
  return null;
}

function writeEntry(draft: Draft, one: unknown, fields: readonly Field[], path: string): string | null {
  return isObject(one) ? writeFields(draft, fields, one, path) : `${path} as an object`;
}

function isCountOf(counted: unknown, list: unknown, size: Width): counted is number {
  if (!isRaw(counted, size)) return false;
  const length = Array.isArray(list) ? list.length : 0;
  return counted === length || (length === 0 && COUNT_SENTINELS[size].includes(counted));
}

/** A word the gateway could not print is left out and counted: there was a fault, and which one is lost. */
function writeFaults(draft: Draft, { count, key }: Extract<Field, { kind: "faults" }>, from: JsonObject, path: string): string | null {
  const counted = from[count];
  const list: unknown = from[key] ?? [];
  if (!isCountOf(counted, list, 1) || !Array.isArray(list)) return `${path}.${count} to count the list ${key}`;
  const words: readonly unknown[] = list.filter((word) => typeof word !== "string" || !FAULT_TOO_WIDE.test(word));
  draft.unreadableFaults += list.length - words.length;
  draft.writer.uint(list.length === 0 ? counted : words.length, 1);
  for (const word of words) {
    if (typeof word !== "string" || !FAULT_WORD.test(word)) return `${path}.${key} as words of 4 or 8 hex digits`;
    draft.writer.uint(Number.parseInt(word, 16), 4);
  }
  return null;
}

function writeHex({ writer }: Draft, { length, key }: Extract<Field, { kind: "bytes" }>, from: JsonObject, path: string): string | null {
  const hex = from[key];
  const bytes = from[length];
  if (!isRaw(bytes, 2) || typeof hex !== "string" || !HEX.test(hex) || hex.length !== bytes * 2)
    return `${path}.${key} as ${length} bytes in hex`;
  writer.uint(bytes, 2);
  writer.bytes(Buffer.from(hex, "hex"));
  return null;
}

function writeBase64({ writer }: Draft, text: unknown, path: string): string | null {
  if (typeof text !== "string" || !BASE64.test(text)) return `${path} as base64`;
  writer.bytes(Buffer.from(text, "base64"));
  return null;
}
