/**
 * Finds frames in a byte stream: glued, cut, with rubbish between. A start is believed only once its check byte is right;
 * otherwise the search goes on one byte further, because rubbish and bodies may contain start bytes.
 */
import { ACK_COMMAND, DATA_BYTES_MAX, ENVELOPE_BYTES, editionAt, HEADER_BYTES, OFFSETS, START_BYTE } from "./frame.ts";

export interface Split {
  /** Views of whole frames with a right check byte, in order. */
  readonly frames: readonly Buffer[];
  /** Views of everything that belongs to no frame, in order; neighbours are joined. */
  readonly skipped: readonly Buffer[];
}

/** Splits a complete piece of data; what is cut off at its end is skipped. O(bytes), whatever they are. */
export function splitStream(bytes: Buffer): Split {
  return scan(bytes, { isEnd: true });
}

export interface FrameSplitter {
  /** Adds received bytes; gives back what is decided by now. */
  push(chunk: Buffer): Split;
  /** Nothing more will come: decides about the bytes kept so far. */
  end(): Split;
}

/** A splitter for a connection. Keeps at most one unfinished frame (64 KiB) and the chunk it is given. */
export function createFrameSplitter(): FrameSplitter {
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let neededBytes = 0;

  function push(chunk: Buffer): Split {
    kept.push(chunk);
    keptBytes += chunk.length;
    if (keptBytes < neededBytes) return { frames: [], skipped: [] };
    const { pending, pendingNeeds, ...split } = scan(Buffer.concat(kept), { isEnd: false });
    keep(pending, pendingNeeds);
    return split;
  }

  function end(): Split {
    const { frames, skipped } = scan(Buffer.concat(kept), { isEnd: true });
    keep(Buffer.alloc(0), 0);
    return { frames, skipped };
  }

  function keep(pending: Buffer, needs: number): void {
    kept = [pending];
    keptBytes = pending.length;
    neededBytes = needs;
  }

  return { push, end };
}

interface Scan extends Split {
  /** From the first start that may still become a frame. */
  readonly pending: Buffer;
  /** How long `pending` must be before looking again makes sense. */
  readonly pendingNeeds: number;
}

function scan(bytes: Buffer, { isEnd }: { isEnd: boolean }): Scan {
  const frames: Buffer[] = [];
  const skipped: Buffer[] = [];
  const checks = runningChecks(bytes);
  let skippedFrom = 0;
  let at = 0;
  let needs = 0;
  while (at < bytes.length) {
    const length = frameLengthAt(bytes, at);
    if (at + length > bytes.length && !isEnd) {
      needs = length;
      break;
    }
    if (length === 0 || at + length > bytes.length || !isChecked(bytes, checks, at, length)) {
      at++;
      continue;
    }
    if (at > skippedFrom) skipped.push(bytes.subarray(skippedFrom, at));
    frames.push(bytes.subarray(at, at + length));
    at += length;
    skippedFrom = at;
  }
  if (at > skippedFrom) skipped.push(bytes.subarray(skippedFrom, at));
  return { frames, skipped, pending: bytes.subarray(at), pendingNeeds: needs };
}

/** `checks[i]` = XOR of all bytes before i, so that the check of any range costs one step and rubbish cannot make us slow. */
function runningChecks(bytes: Buffer): Uint8Array {
  const checks = new Uint8Array(bytes.length + 1);
  let check = 0;
  let at = 0;
  for (const byte of bytes) {
    check ^= byte;
    checks[++at] = check;
  }
  return checks;
}

function isChecked(bytes: Buffer, checks: Uint8Array, at: number, length: number): boolean {
  const checkAt = at + length - 1;
  return ((checks[checkAt] ?? 0) ^ (checks[at + OFFSETS.command] ?? 0)) === bytes[checkAt];
}

/**
 * Length the frame starting at `at` claims to have; 0 where none can start. Where the header itself is cut off,
 * the length of the header, since that much must be there before more can be said.
 */
function frameLengthAt(bytes: Buffer, at: number): number {
  const left = bytes.length - at;
  if (left === 1) return isStartByte(bytes[at]) ? HEADER_BYTES : 0;
  if (editionAt(bytes, at) === null) return 0;
  if (left < HEADER_BYTES) return HEADER_BYTES;
  if (!isAck(bytes[at + OFFSETS.ack] ?? 0) || !isIdentifier(bytes, at + OFFSETS.vin, at + OFFSETS.encryption)) return 0;
  const dataLength = bytes.readUInt16BE(at + OFFSETS.dataLength);
  return dataLength > DATA_BYTES_MAX ? 0 : ENVELOPE_BYTES + dataLength;
}

const ANSWER_LAST = 7;

function isStartByte(byte: number | undefined): boolean {
  return byte === START_BYTE[2016] || byte === START_BYTE[2025];
}

function isAck(ack: number): boolean {
  return ack === ACK_COMMAND || (ack >= 1 && ack <= ANSWER_LAST);
}

/** Vehicle ids are printable ASCII, padded with NULs. */
function isIdentifier(bytes: Buffer, from: number, end: number): boolean {
  for (let i = from; i < end; i++) {
    const byte = bytes[i] ?? 0;
    if (byte !== 0 && (byte < 0x20 || byte > 0x7e)) return false;
  }
  return true;
}
