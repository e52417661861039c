/** One frame as a typed message, and back. */
import type { Rejection } from "@bellwether/contracts/sample";
import { ByteWriter, Cursor } from "./bytes.ts";
import { bodyTable, type CommandBody } from "./commands.ts";
import { ACK_COMMAND, COMMANDS, ENCRYPTION_NONE, HEADER_BYTES, type Header, readHeader, writeFrame } from "./frame.ts";
import { type Report, readReport, writeReport } from "./report.ts";

export type Body =
  | { readonly kind: "report"; readonly report: Report }
  /** Bytes behind the fields the standard defines stay in `restHex`. */
  | { readonly kind: "command"; readonly fields: CommandBody; readonly restHex: string }
  /** Encrypted, undefined or damaged: bytes only. */
  | { readonly kind: "opaque"; readonly restHex: string; readonly reason?: string };

export interface Message {
  readonly header: Header;
  readonly body: Body;
}

export type FrameResult =
  | { readonly kind: "message"; readonly message: Message }
  /** The header as it came, for the quarantine; the data unit is not looked at. */
  | { readonly kind: "bad_checksum"; readonly header: Header }
  | { readonly kind: "rejected"; readonly rejection: Rejection };

/** Decodes exactly one frame, from its start bytes to its check byte. Never throws. */
export function decodeFrame(frame: Buffer): FrameResult {
  const { header, rejection } = readHeader(frame);
  if (header === undefined) return { kind: "rejected", rejection };
  if (header.bcc !== header.bccComputed) return { kind: "bad_checksum", header };
  return { kind: "message", message: { header, body: readBody(header, frame.subarray(HEADER_BYTES, HEADER_BYTES + header.dataLength)) } };
}

function readBody(header: Header, data: Buffer): Body {
  const rest = () => data.toString("hex");
  if (isEncrypted(header)) return { kind: "opaque", restHex: rest() };
  if (isReport(header)) {
    const report = readReport(data, header.edition);
    return report === null
      ? { kind: "opaque", restHex: rest(), reason: `report of ${data.length} bytes has no time` }
      : { kind: "report", report };
  }
  const table = bodyTable(header);
  if (table === null) return { kind: "opaque", restHex: rest() };
  const cursor = new Cursor(data);
  const fields = table.read(cursor);
  if (cursor.isShort) return { kind: "opaque", restHex: rest(), reason: `command ${header.command} longer than its ${data.length} bytes` };
  return { kind: "command", fields, restHex: cursor.take(cursor.left()).toString("hex") };
}

/** 0 is not in the standard but means "none" where it occurs. */
export function isEncrypted({ encryption }: Pick<Header, "encryption">): boolean {
  return encryption !== ENCRYPTION_NONE && encryption !== 0;
}

/** A report or reissue, not the answer to one. */
export function isReport({ command, ack }: Pick<Header, "command" | "ack">): boolean {
  return ack === ACK_COMMAND && (command === COMMANDS.report || command === COMMANDS.reissue);
}

/** What `encodeMessage` needs: lengths and check bytes are computed. */
export interface OutgoingMessage {
  readonly header: Omit<Header, "dataLength" | "bcc" | "bccComputed">;
  readonly body: Body;
}

/** The frame of a message; the inverse of `decodeFrame`. */
export function encodeMessage({ header, body }: OutgoingMessage): Buffer {
  return writeFrame(header, writeBody(header, body));
}

function writeBody(header: OutgoingMessage["header"], body: Body): Buffer {
  if (body.kind === "report") return writeReport(body.report, header.edition);
  const writer = new ByteWriter();
  if (body.kind === "command") bodyTable(header)?.write(writer, body.fields);
  writer.bytes(Buffer.from(body.restHex, "hex"));
  return writer.toBuffer();
}
