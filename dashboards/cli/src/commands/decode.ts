import type { Rejection } from "@bellwether/contracts/sample";
import { decodeRecord } from "@bellwether/ingest/decode/codecs";
import { createDecodeOptions } from "@bellwether/ingest/decode/decodeConfig";
import { frameToDecoded } from "@bellwether/ingest/decode/gbt32960";
import { decodeFrame } from "@bellwether/ingest/gbt32960/message";
import { printFrame } from "@bellwether/ingest/gbt32960/print";
import { splitStream } from "@bellwether/ingest/gbt32960/stream";
import { flag } from "@bellwether/runtime/configFields";
import type { Command } from "commander";
import { z } from "zod";
import { INPUT_HELP, readPayloads } from "../decodeInput.ts";
import { EXIT } from "../exitCodes.ts";
import { readOptions } from "../options.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

const optionsSchema = z.object({ raw: flag().default(false), file: z.string().optional(), key: z.string().optional() });

/** `bellwether decode`: what a payload says, without storing anything. */
export function addDecode(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("decode [hex...]"))
    .description(`decode payloads ${INPUT_HELP}`)
    .option("--raw", "GB/T 32960: every field of the frame as the standard names it, one JSON object per frame")
    .option("--key <vin>", "the record's key: the vehicle, for payloads that do not name it")
    .option("--file <file>", "read a file instead of standard input")
    .action((hex: string[], _options, command: Command) =>
      runCommand(command, exit, (session) => decode(session, hex, readOptions(command, optionsSchema))),
    );
}

async function decode(session: Session, hex: readonly string[], options: z.infer<typeof optionsSchema>): Promise<number> {
  const given = await readPayloads(hex, options.file);
  const results = given.map(({ payload, key }) => (options.raw ? printRaw(payload) : printSamples(session, payload, options.key ?? key)));
  return results.every((isGood) => isGood) ? EXIT.ok : EXIT.input;
}

/** Every frame in the payload, also a single one whose check byte is wrong (header only, `bcc_ok` false). False when nothing was good. */
function printRaw(payload: Buffer): boolean {
  const { frames, skipped } = splitStream(payload);
  const results = (frames.length > 0 ? frames : [payload]).map(decodeFrame);
  for (const result of results) {
    const printed = printFrame(result);
    if (printed !== null) process.stdout.write(`${JSON.stringify(printed)}\n`);
  }
  for (const bytes of skipped) reportSkipped(bytes, payload);
  return results.some((result) => result.kind === "message");
}

/** One line per stretch of bytes that belongs to no good frame: where it is and why it is none. */
function reportSkipped(bytes: Buffer, payload: Buffer): void {
  const decoded = frameToDecoded(bytes, { receivedTimeMs: 0 });
  if (decoded.kind !== "rejected") return;
  const { reason, detail } = decoded.rejection;
  const offset = bytes.byteOffset - payload.byteOffset;
  const where = bytes.length === payload.length ? "" : `${bytes.length} bytes at offset ${offset} skipped: `;
  report({ reason, detail: where + detail });
}

function report({ detail, reason }: Rejection): void {
  process.stderr.write(`bellwether decode: ${detail} [${reason}]\n`);
}

function printSamples(session: Session, payload: Buffer, key: string | undefined): boolean {
  let isGood = true;
  const context = {
    receivedTimeMs: Date.now(),
    bytesMax: session.config.ingestRecordBytesMax,
    key: key === undefined ? null : Buffer.from(key),
    options: createDecodeOptions(session.config),
  };
  for (const decoded of decodeRecord(payload, context)) {
    if (decoded.kind === "samples") for (const sample of decoded.samples) process.stdout.write(`${JSON.stringify(sample)}\n`);
    if (decoded.kind === "ignored") process.stdout.write(`${JSON.stringify({ ignored: decoded.what })}\n`);
    if (decoded.kind === "rejected") {
      isGood = false;
      const { reason, detail } = decoded.rejection;
      // Also among the results, so that whoever reads them sees which payload was refused.
      if (session.json) process.stdout.write(`${JSON.stringify({ rejected: reason, detail })}\n`);
      report(decoded.rejection);
    }
  }
  return isGood;
}
