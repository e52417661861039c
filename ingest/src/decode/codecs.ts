import type { Decoded } from "@bellwether/contracts/sample";
import { type Codec, type DecodeContext, type DecodeOptions, rejected } from "./codec.ts";
import { isDtcAnswer } from "./dtc/iso14229.ts";
import { decodeDtcJson, isDtcJson } from "./dtcJson.ts";
import { decodeEmqxJson, isEmqxJson } from "./emqxJson.ts";
import { decodeGbt32960 } from "./gbt32960.ts";
import { isObject, looksLikeJson, parseJson } from "./json.ts";
import { decodePlatformLogJson, isPlatformLogJson } from "./platformLogJson.ts";
import { decodeRegistryRecord, isRegistryRecord } from "./registry.ts";
import { decodeSampleJson } from "./sampleJson.ts";
import { decodeTeslaJson, decodeTeslaProtobuf, isTeslaJson, isTeslaProtobuf } from "./tesla.ts";
import { decodeUds } from "./uds.ts";
import { startsFrame, unwrap } from "./unwrap.ts";
import { isVssJson } from "./vss/points.ts";
import { decodeVssJson } from "./vssJson.ts";

/** Every payload format ingest reads; the first that recognises the content decodes it. A new format is a file and a line here. */
const BYTE_CODECS: readonly Codec[] = [
  { format: "gbt32960", recognises: (payload) => startsFrame(payload), decode: decodeGbt32960 },
  // Before JSON: a record whose first entry has 123 bytes begins like a line break and a brace.
  { format: "tesla-protobuf", recognises: isTeslaProtobuf, decode: decodeTeslaProtobuf },
  { format: "registry-avro", recognises: isRegistryRecord, decode: decodeRegistryRecord },
  { format: "uds", recognises: isDtcAnswer, decode: decodeUds },
];

/** The formats that are JSON: parsed once, then told apart by their keys. Our own comes last and says what is wrong with the rest. */
const JSON_CODECS: readonly Codec<unknown>[] = [
  { format: "emqx-json", recognises: isEmqxJson, decode: decodeEmqxJson },
  { format: "36node-json", recognises: isPlatformLogJson, decode: decodePlatformLogJson },
  { format: "tesla-json", recognises: isTeslaJson, decode: decodeTeslaJson },
  { format: "vss-json", recognises: isVssJson, decode: decodeVssJson },
  { format: "dtc-json", recognises: isDtcJson, decode: decodeDtcJson },
  { format: "sample-json", recognises: isObject, decode: decodeSampleJson },
];

export interface RecordContext {
  /** When the log received the record, ms since 1970 UTC; a receive time inside the record wins. */
  readonly receivedTimeMs: number;
  /** Longer records are not read at all. */
  readonly bytesMax: number;
  /** The record's key: the vehicle, for payloads that do not name it. */
  readonly key?: Buffer | null;
  readonly options?: DecodeOptions;
}

const FIRST_BYTES = 8;

/**
 * What one record of the log says: an entry per report, message or unreadable stretch in it; never empty, never throws.
 * Content alone decides the format, so one topic may carry all of them.
 */
export function decodeRecord(bytes: Buffer | null, { receivedTimeMs, bytesMax, key, options }: RecordContext): readonly Decoded[] {
  if (bytes === null || bytes.length === 0) return [rejected("empty", "expected a payload, got a record without a value")];
  if (bytes.length > bytesMax) return [rejected("too_large", `expected at most ${bytesMax} bytes, got ${bytes.length}`)];
  const unwrapped = unwrap(bytes);
  if (unwrapped.kind === "rejected") return [unwrapped];
  const { payload } = unwrapped;
  const context = { receivedTimeMs: unwrapped.receivedTimeMs ?? receivedTimeMs, key: key?.toString("utf8"), options };
  const codec = BYTE_CODECS.find(({ recognises }) => recognises(payload));
  if (codec !== undefined) return codec.decode(payload, context);
  return looksLikeJson(payload) ? decodeJson(payload, context) : [unknownFormat(payload)];
}

function decodeJson(payload: Buffer, context: DecodeContext): readonly Decoded[] {
  const json = parseJson(payload);
  if (json === undefined) return [rejected("malformed", `expected one JSON text, got ${payload.length} bytes that are not valid JSON`)];
  const codec = JSON_CODECS.find(({ recognises }) => recognises(json));
  return codec?.decode(json, context) ?? [rejected("schema", "expected a JSON object, or a list of VSS data points")];
}

function unknownFormat(payload: Buffer): Decoded {
  const first = payload.subarray(0, FIRST_BYTES).toString("hex");
  return rejected("unknown_format", `expected a GB/T 32960 frame or a JSON object, got first bytes ${first}`);
}
