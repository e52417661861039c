import type { Decoded, Rejection, Sample } from "@bellwether/contracts/sample";
import type { LogRecord } from "@bellwether/runtime/log/records";
import type { Outcome } from "./block.ts";
import type { IngestConfig } from "./config.ts";
import { decodeRecord } from "./decode/codecs.ts";
import { checkKey, checkTime, withPlausibleValues } from "./validate.ts";

/** What a record says, before anybody has judged it. */
export type DecodedRecord = readonly Decoded[];

/** Stage `decode`: bytes to reports. Never throws; what cannot be read is a rejection. */
export function decode({ value, timestampMs }: LogRecord, { ingestRecordBytesMax }: IngestConfig): DecodedRecord {
  return decodeRecord(value, { receivedTimeMs: timestampMs, bytesMax: ingestRecordBytesMax });
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
  if (rejection === undefined) return { offset: record.offset, samples, ignored };
  const { key, value, timestampMs } = record;
  const parked = { rejection, key, raw: value ?? Buffer.alloc(0), receivedTimeMs: timestampMs };
  return { offset: record.offset, samples, ignored, parked };
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
