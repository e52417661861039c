import { createHash } from "node:crypto";

/** SHA-256 of a value's JSON, in hexadecimal; of a text, of the text itself. */
export function hashOf(value: unknown): string {
  return createHash("sha256")
    .update(typeof value === "string" ? value : JSON.stringify(value))
    .digest("hex");
}
