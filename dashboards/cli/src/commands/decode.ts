import { readFile } from "node:fs/promises";
import { BellwetherError } from "@bellwether/contracts/errors";
import { decodeRecord } from "@bellwether/ingest/decode/codecs";
import { decodeFrame } from "@bellwether/ingest/gbt32960/message";
import { printFrame } from "@bellwether/ingest/gbt32960/print";
import { splitStream } from "@bellwether/ingest/gbt32960/stream";
import type { Command } from "commander";
import { z } from "zod";
import { EXIT } from "../exitCodes.ts";
import { type ExitSlot, runCommand, type Session, withCommonOptions } from "../session.ts";

const optionsSchema = z.object({ raw: z.boolean().default(false), file: z.string().optional() });

/** `bellwether decode`: what a payload says, without storing anything. */
export function addDecode(program: Command, exit: ExitSlot): void {
  withCommonOptions(program.command("decode [hex...]"))
    .description("decode payloads given as hex, in a file, or on standard input (hex lines or bytes)")
    .option("--raw", "GB/T 32960: every field of the frame as the standard names it, one JSON object per frame")
    .option("--file <file>", "read a file instead of standard input")
    .action((hex: string[], _options, command: Command) => runCommand(command, exit, (session) => decode(session, hex, command)));
}

async function decode(session: Session, hex: readonly string[], command: Command): Promise<number> {
  const options = optionsSchema.parse(command.opts());
  const payloads = hex.length > 0 ? hex.map((text) => fromHex(text, "the argument")) : payloadsOf(await readInput(options.file));
  if (payloads.length === 0) throw unreadable("expected a frame as hex or bytes, got nothing");
  const results = payloads.map((payload) => (options.raw ? printRaw(session, payload) : printSamples(session, payload)));
  return results.every((isGood) => isGood) ? EXIT.ok : EXIT.input;
}

/** Every frame in the payload, also one whose check byte is wrong (header only, `bcc_ok` false). */
function printRaw(session: Session, payload: Buffer): boolean {
  const { frames } = splitStream(payload);
  const results = frames.length > 0 ? frames.map(decodeFrame) : [decodeFrame(payload)];
  let isGood = true;
  for (const result of results) {
    const printed = printFrame(result);
    if (result.kind !== "message") isGood = false;
    if (printed !== null) process.stdout.write(`${JSON.stringify(printed)}\n`);
    if (result.kind === "rejected") process.stderr.write(`bellwether decode: ${result.rejection.detail} [${result.rejection.reason}]\n`);
  }
  if (!session.json && frames.length > 1) process.stderr.write(`${frames.length} frames\n`);
  return isGood;
}

function printSamples(session: Session, payload: Buffer): boolean {
  let isGood = true;
  for (const decoded of decodeRecord(payload, { receivedTimeMs: Date.now(), bytesMax: session.config.ingestRecordBytesMax })) {
    if (decoded.kind === "samples") for (const sample of decoded.samples) process.stdout.write(`${JSON.stringify(sample)}\n`);
    if (decoded.kind === "ignored") process.stdout.write(`${JSON.stringify({ ignored: decoded.what })}\n`);
    if (decoded.kind === "rejected") {
      isGood = false;
      process.stderr.write(`bellwether decode: ${decoded.rejection.detail} [${decoded.rejection.reason}]\n`);
    }
  }
  return isGood;
}

async function readInput(file: string | undefined): Promise<Buffer> {
  if (file === undefined) {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  }
  return readFile(file).catch((cause: unknown) => {
    throw unreadable(`cannot read ${file}`, cause);
  });
}

/** Lines of hex become one payload each; anything else is one payload as it is. */
function payloadsOf(input: Buffer): Buffer[] {
  const text = input.toString("latin1");
  if (!/^[0-9a-fA-F\s]*$/.test(text)) return [input];
  return text.split(/\r?\n/).flatMap((line, i) => (line.trim() === "" ? [] : [fromHex(line, `line ${i + 1}`)]));
}

function fromHex(text: string, where: string): Buffer {
  const digits = text.replaceAll(/\s/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]+$/.test(digits)) throw unreadable(`expected pairs of hex digits in ${where}`);
  return Buffer.from(digits, "hex");
}

function unreadable(message: string, cause?: unknown): BellwetherError {
  return new BellwetherError("input_unreadable", message, { retryable: false, cause });
}
