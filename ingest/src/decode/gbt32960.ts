/** GB/T 32960 payloads as samples: one frame per record as a rule, several glued together at times. */
import type { Decoded, Format } from "@bellwether/contracts/sample";
import { parseVin } from "@bellwether/contracts/vin";
import { ACK_COMMAND, COMMANDS, type Header } from "../gbt32960/frame.ts";
import type { MakerLayout } from "../gbt32960/makerLayout.ts";
import { decodeFrame, type FrameResult, isEncrypted, isReport, type Message } from "../gbt32960/message.ts";
import type { Report, ReportItem } from "../gbt32960/report.ts";
import { splitStream } from "../gbt32960/stream.ts";
import { toSample } from "../gbt32960/toSample.ts";
import { type DecodeContext, rejected } from "./codec.ts";

/** One entry per frame and per stretch of bytes that is none, in no particular order between the two; never empty, never throws. */
export function decodeGbt32960(payload: Buffer, context: DecodeContext): readonly Decoded[] {
  const whole = decodeFrame(payload);
  if (whole.kind !== "rejected") return [resultToDecoded(whole, context)];
  const { frames, skipped } = splitStream(payload);
  if (frames.length === 0) return [resultToDecoded(whole, context)];
  return [...frames, ...skipped].map((bytes) => frameToDecoded(bytes, context));
}

/** What exactly one frame says. */
export function frameToDecoded(frame: Buffer, context: DecodeContext): Decoded {
  return resultToDecoded(decodeFrame(frame), context);
}

function resultToDecoded(result: FrameResult, context: DecodeContext): Decoded {
  switch (result.kind) {
    case "message":
      return messageToDecoded(result.message, context);
    case "bad_checksum":
      return rejected("bad_checksum", `expected check byte ${hexByte(result.header.bccComputed)}, got ${hexByte(result.header.bcc)}`);
    case "rejected":
      return { kind: "rejected", rejection: result.rejection };
  }
}

function messageToDecoded({ header, body }: Message, context: DecodeContext): Decoded {
  if (!isReport(header)) return { kind: "ignored", what: commandName(header) };
  if (isEncrypted(header)) return rejected("encrypted", `expected an unencrypted data unit, got encryption ${header.encryption}`);
  if (body.kind !== "report") return rejected("truncated", `expected a report of at least 6 bytes, got ${header.dataLength}`);
  return reportToDecoded(header, body.report, context);
}

/** What a report says, whatever payload it was read from. */
export function reportToDecoded(header: Header, report: Report, context: DecodeContext, format: Format = "gbt32960"): Decoded {
  const vin = parseVin(header.vin);
  if (vin === null) return rejected("bad_vin", `expected a VIN of letters, digits, _ or -, got ${JSON.stringify(header.vin)}`);
  const { time_utc: time, infos } = report;
  if (typeof time !== "number") return rejected("bad_time", `expected a date from 2001 to 2099, got time bytes ${time.out_of_range_raw}`);
  const [first] = infos;
  if (first === undefined) return { kind: "ignored", what: "empty_report" };
  if (first.name === "malformed") return rejected("malformed", `expected a readable first item, got ${first.reason ?? "rubbish"}`);
  if (first.name === "unknown") return rejected("malformed", `expected a known first item, got type ${hexByte(first.type)}`);
  const layout = context.options?.layouts?.of(vin);
  if (infos.every((one) => isWithoutSignals(one, layout))) return { kind: "ignored", what: "maker_report" };
  const { receivedTimeMs } = context;
  return { kind: "samples", samples: [toSample(header, report, { vin, format, layout, eventTimeMs: time, receivedTimeMs })] };
}

function isWithoutSignals({ name, type }: ReportItem, layout: MakerLayout | undefined): boolean {
  return name === "signature" || (name === "custom" && layout?.items.has(type) !== true);
}

const COMMAND_NAMES: ReadonlyMap<number, string> = new Map<number, string>([
  [COMMANDS.login, "login"],
  [COMMANDS.logout, "logout"],
  [COMMANDS.platformLogin, "platform_login"],
  [COMMANDS.platformLogout, "platform_logout"],
  [COMMANDS.heartbeat, "heartbeat"],
  [COMMANDS.timeSync, "time_sync"],
  [COMMANDS.activation, "activation"],
  [COMMANDS.activationAnswer, "activation_answer"],
  [COMMANDS.keyExchange, "key_exchange"],
  [COMMANDS.queryParameters, "query_parameters"],
  [COMMANDS.setParameters, "set_parameters"],
  [COMMANDS.control, "control"],
]);

/** The kind under which a message without a report is counted. */
export function commandName({ command, ack }: Pick<Header, "command" | "ack">): string {
  return ack === ACK_COMMAND ? (COMMAND_NAMES.get(command) ?? "other_command") : "answer";
}

function hexByte(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}
