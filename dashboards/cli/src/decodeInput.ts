import { readFile } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";

/** What a record of the log would be. */
export interface GivenPayload {
  readonly payload: Buffer;
  /** The vehicle that stood before it. */
  readonly key?: string;
}

/** A VIN and hex, as `bellwether simulate --to stdout` prints them; a VIN that is hex digits throughout would be taken for hex. */
const KEYED_LINE = /^\s*([\w-]*[G-Zg-z_-][\w-]*)\s+([0-9a-fA-F]+\s*)$/;
const HEX_LINE = /^[0-9a-fA-F\s]*$/;
/** "##" and "$$" in base64. */
const BASE64_LINE = /^\s*(IyM|JCQ)[A-Za-z0-9+/]*={0,2}\s*$/;

/** Follows the name of the verb in its help. */
export const INPUT_HELP =
  "given as hex, in a file, or on standard input: lines of hex (a VIN before them is allowed), of base64 or JSON, a JSON list of test vectors with hex, or bytes";

/** Payloads from the arguments, else from a file, else from standard input; throws `input_unreadable` when there is none. */
export async function readPayloads(hex: readonly string[], file: string | undefined): Promise<readonly GivenPayload[]> {
  const given = hex.length > 0 ? hex.map((text) => ({ payload: fromHex(text, "the argument") })) : payloadsOf(await readInput(file));
  if (given.length === 0) throw unreadable("expected a frame as hex or bytes, got nothing");
  return given;
}

async function readInput(file: string | undefined): Promise<Buffer> {
  if (file !== undefined) {
    return readFile(file).catch((cause: unknown) => {
      throw unreadable(`expected a readable file, got ${file}`, cause);
    });
  }
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

function unreadable(message: string, cause?: unknown): BellwetherError {
  return new BellwetherError("input_unreadable", message, { retryable: false, cause });
}

/**
 * The payloads of a file: lines of hex (with or without a VIN before), of base64 frames or of JSON are one payload each; so are the entries of
 * a JSON list of test vectors (objects with `hex`). Anything else is one payload as it is.
 */
export function payloadsOf(input: Buffer): readonly GivenPayload[] {
  return hexLines(input.toString("latin1").split(LINE_END)) ?? otherPayloads(input).map((payload) => ({ payload }));
}

const LINE_END = /\r?\n/;

function hexLines(lines: readonly string[]): readonly GivenPayload[] | undefined {
  const given: GivenPayload[] = [];
  for (const [i, line] of lines.entries()) {
    const [, key, keyed = line] = KEYED_LINE.exec(line) ?? [];
    if (!HEX_LINE.test(keyed)) return undefined;
    if (keyed.trim() === "") continue;
    const payload = fromHex(keyed, `line ${i + 1}`);
    given.push(key === undefined ? { payload } : { payload, key });
  }
  return given;
}

function otherPayloads(input: Buffer): readonly Buffer[] {
  const vectors = vectorsOf(parse(input.toString("utf8")));
  if (vectors !== undefined) return vectors.map((hex, i) => fromHex(hex, `entry ${i + 1}`));
  const lines = input.toString("latin1").split(LINE_END);
  const filled = lines.filter((line) => line.trim() !== "");
  if (filled.every((line) => BASE64_LINE.test(line))) return filled.map((line) => Buffer.from(line.trim(), "latin1"));
  return jsonLines(filled) ?? [input];
}

/** Pairs of hex digits, white space between them allowed. */
function fromHex(text: string, where: string): Buffer {
  const digits = text.replaceAll(/\s/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(digits)) {
    throw unreadable(`expected pairs of hex digits in ${where}, got ${digits.length} characters`);
  }
  return Buffer.from(digits, "hex");
}

/** Lines of JSON objects, a payload each, or a frame each where they have `hex`; undefined for other lines. */
function jsonLines(lines: readonly string[]): readonly Buffer[] | undefined {
  if (lines.length < 2 && hexOf(parse(lines[0] ?? "")) === undefined) return undefined;
  const payloads: Buffer[] = [];
  for (const [i, line] of lines.entries()) {
    const text = Buffer.from(line, "latin1");
    const json = parse(text.toString("utf8"));
    if (typeof json !== "object" || json === null) return undefined;
    const hex = hexOf(json);
    payloads.push(hex === undefined ? text : fromHex(hex, `line ${i + 1}`));
  }
  return payloads;
}

function vectorsOf(json: unknown): readonly string[] | undefined {
  if (!Array.isArray(json) || json.length === 0) return undefined;
  const hex = json.map(hexOf);
  return hex.every((one) => one !== undefined) ? hex : undefined;
}

function hexOf(json: unknown): string | undefined {
  return typeof json === "object" && json !== null && "hex" in json && typeof json.hex === "string" ? json.hex : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
