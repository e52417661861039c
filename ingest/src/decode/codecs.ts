import type { Decoded } from "@bellwether/contracts/sample";
import { type Codec, rejected } from "./codec.ts";
import { decodeGbt32960 } from "./gbt32960.ts";
import { decodeSampleJson, looksLikeJson } from "./sampleJson.ts";
import { startsFrame, unwrap } from "./unwrap.ts";

/** Every payload format ingest reads; the first that recognises the content decodes it. A new format is a file and a line here. */
export const CODECS: readonly Codec[] = [
  { format: "gbt32960", recognises: (payload) => startsFrame(payload), decode: decodeGbt32960 },
  { format: "sample-json", recognises: looksLikeJson, decode: decodeSampleJson },
];

export interface RecordContext {
  /** When the log received the record, ms since 1970 UTC; a receive time inside the record wins. */
  readonly receivedTimeMs: number;
  /** Longer records are not read at all. */
  readonly bytesMax: number;
}

const FIRST_BYTES = 8;

/**
 * What one record of the log says: an entry per report, message or unreadable stretch in it; never empty, never throws.
 * Content alone decides the format, so one topic may carry all of them.
 */
export function decodeRecord(bytes: Buffer | null, { receivedTimeMs, bytesMax }: RecordContext): readonly Decoded[] {
  if (bytes === null || bytes.length === 0) return [rejected("empty", "expected a payload, got a record without a value")];
  if (bytes.length > bytesMax) return [rejected("too_large", `expected at most ${bytesMax} bytes, got ${bytes.length}`)];
  const unwrapped = unwrap(bytes);
  if (unwrapped.kind === "rejected") return [unwrapped];
  const { payload } = unwrapped;
  const codec = CODECS.find(({ recognises }) => recognises(payload));
  if (codec === undefined) return [unknownFormat(payload)];
  return codec.decode(payload, { receivedTimeMs: unwrapped.receivedTimeMs ?? receivedTimeMs });
}

function unknownFormat(payload: Buffer): Decoded {
  const first = payload.subarray(0, FIRST_BYTES).toString("hex");
  return rejected("unknown_format", `expected a GB/T 32960 frame or a JSON object, got first bytes ${first}`);
}
