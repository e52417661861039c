import type { Decoded, Rejection, Sample } from "@bellwether/contracts/sample";
import { DEAD_LETTER_HEADERS } from "@bellwether/contracts/topics";
import type { LogRecord } from "@bellwether/runtime/log/records";
import type { Outcome, ParkedRecord } from "../blocks/block.ts";
import type { IngestConfig } from "../config.ts";
import { replayOf } from "../deadLetters/replays.ts";
import type { DecodeOptions } from "../decode/codec.ts";
import { decodeRecord } from "../decode/codecs.ts";
import { checkKey, checkTime, withPlausibleValues } from "./validate.ts";

/** Headers a replay adds; they are not the record's own. */
const OWN_HEADERS: ReadonlySet<string> = new Set(Object.values(DEAD_LETTER_HEADERS));

/** What a record says, before anybody has judged it. */
export type DecodedRecord = readonly Decoded[];

/** Stage `decode`: bytes to reports. Never throws; what cannot be read is a rejection. */
export function decode(
  { value, timestampMs, key, unreadable }: LogRecord,
  { ingestRecordBytesMax }: IngestConfig,
  options: DecodeOptions = {},
): DecodedRecord {
  if (unreadable !== undefined) return [{ kind: "rejected", rejection: unreadable }];
  try {
    return decodeRecord(value, { receivedTimeMs: timestampMs, bytesMax: ingestRecordBytesMax, key, options });
  } catch (error) {
    // A decoder that throws is a bug of ours; without this line the one record would stop its partition at every restart.
    const name = error instanceof Error ? error.name : "no error";
    return [{ kind: "rejected", rejection: { reason: "decoder_failed", detail: `expected the decoder to return, got ${name}` } }];
  }
}

/** Stage `validate`: identity, time and plausible ranges. Every part of the record ends up landed, ignored or parked. */
export function validate(decoded: DecodedRecord, record: LogRecord, config: IngestConfig): Outcome {
  const samples: Sample[] = [];
  const ignored: string[] = [];
  const rejections: Rejection[] = [];
  for (const part of decoded) {
    switch (part.kind) {
      case "samples":
        for (const sample of part.samples) judge(sample, record, config, { samples, rejections });
        break;
      case "ignored":
        ignored.push(part.what);
        break;
      case "rejected":
        rejections.push(part.rejection);
        break;
    }
  }
  const rejection = summarise(rejections, decoded.length);
  const replay = replayOf(record.headers);
  const { offset, timestampMs: loggedMs } = record;
  // Nearly every record; written out, because copying an object costs as much as a tenth of decoding.
  if (rejection === undefined && replay === undefined) return { offset, samples, ignored, loggedMs };
  return {
    ...{ offset, samples, ignored, loggedMs },
    ...(rejection === undefined ? {} : { parked: parkedRecord(record, rejection) }),
    ...(replay === undefined ? {} : { replay }),
  };
}

/** Copies the bytes: the record's own memory is used again when its delivery has been taken. */
function parkedRecord({ key, value, headers, timestampMs }: LogRecord, rejection: Rejection): ParkedRecord {
  const own = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
  return {
    rejection,
    key: key === null ? null : Buffer.from(key),
    keyText: key?.toString("utf8") ?? "",
    value: Buffer.from(value ?? ""),
    headers: Object.fromEntries(own),
    rawBytes: value?.length ?? 0,
    isWhole: true,
    isSealed: false,
    receivedTimeMs: timestampMs,
  };
}

function judge(
  sample: Sample,
  { key, timestampMs }: LogRecord,
  config: IngestConfig,
  into: { readonly samples: Sample[]; readonly rejections: Rejection[] },
): void {
  const limits = { nowMs: timestampMs, futureMaxMs: config.ingestFutureMax, ageMaxMs: config.ingestAgeMax };
  const rejection = checkKey(key, sample.vin, { isKeyRequired: config.ingestKeyRequired }) ?? checkTime(sample, limits);
  if (rejection === undefined) into.samples.push(withPlausibleValues(sample));
  else into.rejections.push(rejection);
}

/** A record is parked once, under its first reason; the detail says how much of it was bad. */
function summarise(rejections: readonly Rejection[], parts: number): Rejection | undefined {
  const [first] = rejections;
  if (first === undefined || rejections.length === 1) return first;
  return { reason: first.reason, detail: `${rejections.length} parts rejected of ${parts}, the first: ${first.detail}` };
}
