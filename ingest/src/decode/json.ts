/** What the JSON formats share: telling values apart, times, and the vehicle a payload speaks of. */
import type { Decoded } from "@bellwether/contracts/sample";
import { parseVin, type Vin } from "@bellwether/contracts/vin";
import { type DecodeContext, rejected } from "./codec.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

const ISO_WITH_OFFSET = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;
const DECIMAL = /^[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d+)?$/;
const NUMBER_CHARACTERS_MAX = 40;
const WHITESPACE = new Set([0x09, 0x0a, 0x0d, 0x20]);
const BRACE = 0x7b;
const BRACKET = 0x5b;

/** Whether the payload looks like a JSON object or list; leading white space is allowed. */
export function looksLikeJson(payload: Buffer): boolean {
  let at = 0;
  while (WHITESPACE.has(payload[at] ?? 0)) at++;
  return payload[at] === BRACE || payload[at] === BRACKET;
}

/** The parsed payload, or undefined where it is no JSON. */
export function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}

export function isObject(json: unknown): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

/** A value without this is taken for a list of one; null and absent for none. */
export function listOf(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  return json === undefined || json === null ? [] : [json];
}

/** A finite number, also where the source writes it as text, 0 without a sign; undefined for anything else. */
export function numberOf(json: unknown): number | undefined {
  if (typeof json === "number") return Number.isFinite(json) ? json + 0 : undefined;
  if (typeof json !== "string" || json.length > NUMBER_CHARACTERS_MAX || !DECIMAL.test(json.trim())) return undefined;
  const number = Number(json.trim());
  return Number.isFinite(number) ? number + 0 : undefined;
}

/** ms since 1970 of an ISO 8601 text with an offset, or of a number of ms; undefined where it is no full instant. */
export function instantMs(time: unknown): number | undefined {
  if (typeof time === "number") return Number.isSafeInteger(Math.round(time)) ? Math.round(time) + 0 : undefined;
  if (typeof time !== "string" || !ISO_WITH_OFFSET.test(time)) return undefined;
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The vehicle a payload names, or the record's key where it names none; a rejection where neither is usable. */
export function vehicleOf(named: unknown, { key }: DecodeContext): Vin | Extract<Decoded, { kind: "rejected" }> {
  const vin = parseVin(typeof named === "string" && named !== "" ? named : (key ?? ""));
  return vin ?? rejected("bad_vin", "expected the vehicle in the payload or the record's key, as 1 to 32 letters, digits, _ or -");
}
