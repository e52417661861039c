/** Trouble codes of SAE J2012: five characters, as two bytes on the wire; UDS adds a third, the failure type. */
import type { DtcReading } from "@bellwether/contracts/sample";

const LETTERS = ["P", "C", "B", "U"] as const;
const FIVE_CHARACTERS = /^[PCBU][0-3][0-9A-F]{3}$/;
const WITH_FAILURE_TYPE = /^([PCBU][0-3][0-9A-F]{3})(?:-([0-9A-F]{2})|\(([0-9A-F]{2})\))$/;
const TEXT_CHARACTERS_MAX = 9;

/** 0x0A80 → "P0A80"; null for the padding 0x0000. */
export function codeOfWord(word: number): string | null {
  if (word === 0) return null;
  const letter = LETTERS[(word >> 14) & 0b11] ?? "P";
  return `${letter}${(word >> 12) & 0b11}${hex(word & 0xfff, 3)}`;
}

/** Three bytes of UDS: the code and what is wrong with what it names; null for padding. */
export function udsReading(bytes: Buffer, at: number): DtcReading | null {
  const code = codeOfWord(bytes.readUInt16BE(at));
  const failureType = bytes.readUInt8(at + 2);
  return code === null ? null : { system: "uds", code: `${code}-${hex(failureType, 2)}`, failureType };
}

/** A code in text, as OBD ("P0A80") or UDS ("P0A80-1F", "P0A80(1F)") writes it; null for anything else. */
export function readingOfText(text: string): DtcReading | null {
  if (text.length > TEXT_CHARACTERS_MAX) return null;
  const code = text.trim().toUpperCase();
  if (FIVE_CHARACTERS.test(code)) return { system: "obd", code };
  const match = WITH_FAILURE_TYPE.exec(code);
  const failureType = match?.[2] ?? match?.[3];
  if (match === null || failureType === undefined) return null;
  return { system: "uds", code: `${match[1]}-${failureType}`, failureType: Number.parseInt(failureType, 16) };
}

/** Two-byte codes one after the other, padding left out; null where a byte is left over. */
export function obdReadings(bytes: Buffer): DtcReading[] | null {
  if (bytes.length % 2 !== 0) return null;
  const codes = Array.from({ length: bytes.length / 2 }, (_, i) => codeOfWord(bytes.readUInt16BE(i * 2)));
  return codes.flatMap((code) => (code === null ? [] : [{ system: "obd", code }]));
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
