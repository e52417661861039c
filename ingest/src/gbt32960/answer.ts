/** What a platform sends back to a terminal. */
import { COMMANDS, HEADER_BYTES, type Header, writeFrame } from "./frame.ts";
import { TIME_BYTES, timeBytes } from "./time.ts";

/** Answer flags; from `vinUnknown` on they exist in the 2025 edition only. */
export const ANSWERS = {
  ok: 0x01,
  error: 0x02,
  vinDuplicate: 0x03,
  vinUnknown: 0x04,
  signatureWrong: 0x05,
  structureWrong: 0x06,
  decryptionFailed: 0x07,
} as const;

/**
 * The answer to a command frame: same command and VIN, of the body only the six time bytes (none where there were none).
 * A time request is answered with the platform's time. Correct reports are not answered at all; that is up to the caller.
 */
export function answerFrame(
  request: { readonly header: Header; readonly frame: Buffer },
  { flag, nowMs }: { flag: number; nowMs: number },
): Buffer {
  const { header, frame } = request;
  const hasTime = header.dataLength >= TIME_BYTES && header.command !== COMMANDS.heartbeat;
  const kept = hasTime ? frame.subarray(HEADER_BYTES, HEADER_BYTES + TIME_BYTES) : Buffer.alloc(0);
  return writeFrame({ ...header, ack: flag }, header.command === COMMANDS.timeSync ? timeBytes(nowMs) : kept);
}
