/** The envelope both editions share: start bytes, header, data unit, check byte. */
import type { Rejection } from "@bellwether/contracts/sample";

export type Edition = 2016 | 2025;

export const HEADER_BYTES = 24;
/** Header and check byte: a frame is this much longer than its data unit. */
export const ENVELOPE_BYTES = HEADER_BYTES + 1;
export const DATA_BYTES_MAX = 65_531;
export const VIN_BYTES = 17;

export const OFFSETS = { command: 2, ack: 3, vin: 4, encryption: 21, dataLength: 22 } as const;
/** "##" and "$$", both bytes the same. */
export const START_BYTE = { 2016: 0x23, 2025: 0x24 } as const;
/** In place of an answer flag: this frame is a command. */
export const ACK_COMMAND = 0xfe;
export const ENCRYPTION_NONE = 1;

export const COMMANDS = {
  login: 0x01,
  report: 0x02,
  reissue: 0x03,
  logout: 0x04,
  platformLogin: 0x05,
  platformLogout: 0x06,
  heartbeat: 0x07,
  timeSync: 0x08,
  activation: 0x09,
  activationAnswer: 0x0a,
  keyExchange: 0x0b,
  queryParameters: 0x80,
  setParameters: 0x81,
  control: 0x82,
} as const;

export interface Header {
  readonly edition: Edition;
  readonly command: number;
  /** `ACK_COMMAND`, or the result an answer states. */
  readonly ack: number;
  /** As sent, one character per byte, without padding of NULs and blanks. */
  readonly vin: string;
  readonly encryption: number;
  readonly dataLength: number;
  readonly bcc: number;
  readonly bccComputed: number;
}

/** Edition by the start bytes at `at`, or null. */
export function editionAt(bytes: Uint8Array, at: number): Edition | null {
  const first = bytes[at];
  if (first !== bytes[at + 1]) return null;
  if (first === START_BYTE[2016]) return 2016;
  return first === START_BYTE[2025] ? 2025 : null;
}

/** XOR of the bytes from `from` up to `end`. */
export function blockCheck(bytes: Uint8Array, from: number, end: number): number {
  let check = 0;
  for (let i = from; i < end; i++) check ^= bytes[i] ?? 0;
  return check;
}

export type HeaderResult =
  | { readonly header: Header; readonly rejection?: never }
  | { readonly rejection: Rejection; readonly header?: never };

/** Reads the header of exactly one frame. The check byte is computed, not judged. */
export function readHeader(frame: Buffer): HeaderResult {
  const edition = editionAt(frame, 0);
  if (frame.length < ENVELOPE_BYTES) {
    return reject(edition === null ? "malformed" : "truncated", `expected at least ${ENVELOPE_BYTES} bytes, got ${frame.length}`);
  }
  if (edition === null) return reject("malformed", `expected start bytes 2323 or 2424, got ${frame.toString("hex", 0, 2)}`);
  const dataLength = frame.readUInt16BE(OFFSETS.dataLength);
  const expected = ENVELOPE_BYTES + dataLength;
  if (dataLength > DATA_BYTES_MAX) return reject("malformed", `expected a data unit of at most ${DATA_BYTES_MAX} bytes, got ${dataLength}`);
  if (frame.length < expected) return reject("truncated", `expected a frame of ${expected} bytes, got ${frame.length}`);
  if (frame.length > expected) return reject("malformed", `expected a frame of ${expected} bytes, got ${frame.length}`);
  return { header: headerOf(frame, edition, dataLength) };
}

function headerOf(frame: Buffer, edition: Edition, dataLength: number): Header {
  const checkAt = HEADER_BYTES + dataLength;
  return {
    edition,
    command: frame[OFFSETS.command] ?? 0,
    ack: frame[OFFSETS.ack] ?? 0,
    vin: trimPadding(frame.toString("latin1", OFFSETS.vin, OFFSETS.encryption)),
    encryption: frame[OFFSETS.encryption] ?? 0,
    dataLength,
    bcc: frame[checkAt] ?? 0,
    bccComputed: blockCheck(frame, OFFSETS.command, checkAt),
  };
}

function reject(reason: Rejection["reason"], detail: string): HeaderResult {
  return { rejection: { reason, detail } };
}

/** Drops NULs and blanks at the end; a scan rather than a pattern, because it runs once per frame. */
export function trimPadding(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 0x20)) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** Wraps a data unit; the VIN is padded with NULs or cut to 17 bytes. */
export function writeFrame(header: Pick<Header, "edition" | "command" | "ack" | "vin" | "encryption">, data: Uint8Array): Buffer {
  const frame = Buffer.alloc(ENVELOPE_BYTES + data.length);
  frame.fill(START_BYTE[header.edition], 0, OFFSETS.command);
  frame.writeUInt8(header.command, OFFSETS.command);
  frame.writeUInt8(header.ack, OFFSETS.ack);
  frame.write(header.vin, OFFSETS.vin, VIN_BYTES, "latin1");
  frame.writeUInt8(header.encryption, OFFSETS.encryption);
  frame.writeUInt16BE(data.length, OFFSETS.dataLength);
  frame.set(data, HEADER_BYTES);
  const checkAt = HEADER_BYTES + data.length;
  frame.writeUInt8(blockCheck(frame, OFFSETS.command, checkAt), checkAt);
  return frame;
}
