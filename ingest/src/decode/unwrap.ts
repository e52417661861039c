import type { Decoded } from "@bellwether/contracts/sample";
import { rejected } from "./codec.ts";

/**
 * Takes off what transports put around a payload (protocols 3.2): hex text, base64, a receive time in front of the frame.
 * Everything is told from the content, because one topic may carry several shapes.
 */

/** A payload without its wrapping, and the receive time where the wrapping carried one. */
export interface Unwrapped {
  readonly kind: "payload";
  readonly payload: Buffer;
  readonly receivedTimeMs?: number;
}

const HASH = 0x23;
const DOLLAR = 0x24;
const BLANK = 0x20;
const ICCID_BYTES = 20;
const TIME_BYTES = 19;
/** Platforms that prefix a frame write China Standard Time, which has no daylight saving since 1991. */
const CHINA_OFFSET_MS = 8 * 3_600_000;
const HEX_START = /^(2323|2424)/;
const BASE64_START = /^(IyM|JCQ)/;
const NOT_HEX = /[^0-9A-Fa-f]/;
const NOT_BASE64 = /[^A-Za-z0-9+/_=-]/;
const PREFIX_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** Whether a GB/T 32960 frame starts at `at`: `##` (2016) or `$$` (2025). */
export function startsFrame(bytes: Buffer, at = 0): boolean {
  const first = bytes[at];
  return (first === HASH || first === DOLLAR) && bytes[at + 1] === first;
}

/** The payload inside a record's value; a rejection where a wrapping is recognised but broken. */
export function unwrap(bytes: Buffer): Unwrapped | Extract<Decoded, { kind: "rejected" }> {
  if (startsFrame(bytes)) return { kind: "payload", payload: bytes };
  const start = bytes.toString("latin1", 0, 4);
  if (HEX_START.test(start)) return fromHex(bytes);
  if (BASE64_START.test(start)) return fromBase64(bytes);
  return fromPrefixed(bytes) ?? { kind: "payload", payload: bytes };
}

function fromHex(bytes: Buffer): ReturnType<typeof unwrap> {
  const text = bytes.toString("latin1").trimEnd();
  const bad = text.search(NOT_HEX);
  if (bad >= 0) return rejected("malformed", `expected hex digits only, got byte 0x${hexByte(bytes, bad)} at position ${bad}`);
  if (text.length % 2 === 1) return rejected("truncated", `expected an even number of hex digits, got ${text.length}`);
  return { kind: "payload", payload: Buffer.from(text, "hex") };
}

function fromBase64(bytes: Buffer): ReturnType<typeof unwrap> {
  const text = bytes.toString("latin1").trimEnd();
  const bad = text.search(NOT_BASE64);
  if (bad >= 0) return rejected("malformed", `expected base64 only, got byte 0x${hexByte(bytes, bad)} at position ${bad}`);
  return { kind: "payload", payload: Buffer.from(text, "base64") };
}

/** `ICCID (20) + "YYYY-MM-DD HH:MM:SS" + frame`, or a single blank in the ICCID's place. */
function fromPrefixed(bytes: Buffer): Unwrapped | undefined {
  for (const timeAt of bytes[0] === BLANK ? [1, ICCID_BYTES] : [ICCID_BYTES]) {
    const frameAt = timeAt + TIME_BYTES;
    if (!startsFrame(bytes, frameAt)) continue;
    const receivedTimeMs = chinaTimeMs(bytes.toString("latin1", timeAt, frameAt));
    if (receivedTimeMs !== undefined) return { kind: "payload", payload: bytes.subarray(frameAt), receivedTimeMs };
  }
  return undefined;
}

function chinaTimeMs(text: string): number | undefined {
  const match = PREFIX_TIME.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - CHINA_OFFSET_MS;
}

function hexByte(bytes: Buffer, at: number): string {
  return (bytes[at] ?? 0).toString(16).padStart(2, "0");
}
