import { startsFrame } from "../decode/unwrap.ts";

const HEX_FRAME = /^(2323|2424)/;
const BASE64_FRAME = /^(IyM|JCQ)/;
const JSON_START = /^\s*[{[]/;

/** What a payload that could not be stored looks like, as a bounded metric label. */
export function shapeOf(payload: Buffer): "gbt32960" | "json" | "empty" | "unknown" {
  if (payload.length === 0) return "empty";
  if (startsFrame(payload)) return "gbt32960";
  const start = payload.toString("latin1", 0, 8);
  if (HEX_FRAME.test(start) || BASE64_FRAME.test(start)) return "gbt32960";
  return JSON_START.test(start) ? "json" : "unknown";
}
