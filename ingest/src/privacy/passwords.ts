import { startsFrame } from "../decode/unwrap.ts";
import { COMMANDS, HEADER_BYTES } from "../gbt32960/frame.ts";

/** Password of a GB/T 32960 platform login: behind time (6), sequence (2) and user (12), 20 bytes long. */
const PASSWORD_AT = HEADER_BYTES + 6 + 2 + 12;
const PASSWORD_BYTES = 20;
const MASK = 0x2a;
const HEX = /^[0-9A-Fa-f\s]+$/;
const HEX_START = /^(2323|2424)/;
const BASE64_START = /^(IyM|JCQ)/;
const JSON_PASSWORD = /("(?:password|passwd|pwd|secret|token)"\s*:\s*")((?:[^"\\]|\\.)*)/gi;
const SECRET_HEADER = /password|passwd|secret|token|authorization/i;

/**
 * A payload without passwords: platform logins carry the platform's own, and a login that cannot be read is parked like
 * anything else. Masked with asterisks of the same length; the payload itself when there is nothing to mask. Frames as
 * bytes, hex or base64 text, and JSON members named like a password.
 */
export function withoutPasswords(raw: Buffer): Buffer {
  const start = raw.toString("latin1", 0, 4);
  if (HEX_START.test(start)) return inText(raw, "hex");
  if (BASE64_START.test(start)) return inText(raw, "base64");
  if (raw.includes('"')) {
    const text = raw.toString("latin1");
    const masked = text.replace(JSON_PASSWORD, (_, head: string, password: string) => head + "*".repeat(password.length));
    if (masked !== text) return Buffer.from(masked, "latin1");
  }
  return maskFrames(raw);
}

/** Headers without the values of those that are named like a secret. */
export function withoutSecrets(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, SECRET_HEADER.test(name) ? "***" : text]));
}

function inText(raw: Buffer, encoding: "hex" | "base64"): Buffer {
  const text = raw.toString("latin1");
  if (encoding === "hex" && !HEX.test(text)) return raw;
  const bytes = Buffer.from(text.trim(), encoding);
  const masked = maskFrames(bytes);
  return masked === bytes ? raw : Buffer.from(masked.toString(encoding), "latin1");
}

function maskFrames(raw: Buffer): Buffer {
  let masked = raw;
  for (let at = 0; at + PASSWORD_AT < raw.length; at++) {
    if (!startsFrame(raw, at) || raw[at + 2] !== COMMANDS.platformLogin) continue;
    if (masked === raw) masked = Buffer.from(raw);
    masked.fill(MASK, at + PASSWORD_AT, Math.min(at + PASSWORD_AT + PASSWORD_BYTES, raw.length));
  }
  return masked;
}
