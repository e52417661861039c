/**
 * Text fields: ASCII, NUL-filled; GB 18030 where Chinese is allowed; one character per byte where it is neither. All
 * but the padding survives reading and writing: a field is read as GB 18030 only when that writes the same bytes.
 */
import type { Codec } from "./fields.ts";
import { trimPadding } from "./frame.ts";

const GB18030 = new TextDecoder("gb18030");
const ASCII_END = 0x80;
const LATIN1_LAST = "\u00ff";
const UNKNOWN = "?".charCodeAt(0);

/** Text of a fixed width; blanks and NULs at the end are not part of it, and it is written with NULs there. */
export function text(bytes: number): Codec<string> {
  return {
    read: (cursor) => decodeText(cursor.take(bytes)),
    write(writer, reading) {
      writer.bytes(encodeText(reading, bytes));
    },
  };
}

function decodeText(field: Buffer): string {
  const perByte = trimPadding(field.toString("latin1"));
  const content = field.subarray(0, perByte.length);
  if (content.every((byte) => byte < ASCII_END)) return perByte;
  const chinese = GB18030.decode(content);
  return encodeText(chinese, content.length).equals(content) ? chinese : perByte;
}

/**
 * Characters beyond one byte say that the text is GB 18030. Text of only such symbols as both know ("°", "×") is one
 * character per byte, because it cannot be told apart. What does not fit is left off, never half a character.
 */
function encodeText(reading: string, bytes: number): Buffer {
  const field = Buffer.alloc(bytes);
  const characters = [...reading];
  if (characters.every((character) => character <= LATIN1_LAST)) {
    field.write(reading, "latin1");
    return field;
  }
  let at = 0;
  for (const character of characters) {
    const code = gbCode(character);
    const size = code < ASCII_END ? 1 : 2;
    if (at + size > bytes) break;
    at = field.writeUIntBE(code, at, size);
  }
  return field;
}

function gbCode(character: string): number {
  const code = character.charCodeAt(0);
  if (code < ASCII_END) return code;
  gbCodes ??= readGbCodes();
  return gbCodes.get(character) ?? UNKNOWN;
}

/** Two-byte code by character. Built on the first Chinese text, because most fleets send none. */
let gbCodes: ReadonlyMap<string, number> | undefined;

const LEAD = { first: 0x81, last: 0xfe } as const;
const TRAIL = { first: 0x40, last: 0xfe, none: 0x7f } as const;

/** The decoder's own two-byte table turned round: the platform decodes GB 18030 but does not encode it. */
function readGbCodes(): ReadonlyMap<string, number> {
  const codes: number[] = [];
  for (let lead: number = LEAD.first; lead <= LEAD.last; lead++) {
    for (let trail: number = TRAIL.first; trail <= TRAIL.last; trail++) if (trail !== TRAIL.none) codes.push((lead << 8) | trail);
  }
  // A line break is never a second byte, so a code that means nothing cannot swallow the one behind it.
  const lines = GB18030.decode(Uint8Array.from(codes.flatMap((code) => [code >> 8, code & 0xff, 0x0a]))).split("\n");
  return new Map(codes.map((code, i) => [lines[i] ?? "", code]));
}
