import { DEAD_LETTER_HEADERS } from "@bellwether/contracts/topics";
import type { LogRecord } from "@bellwether/runtime/log/records";
import type { Outcome } from "../blocks/block.ts";
import { ReportRow } from "../blocks/reportRow.ts";
import type { IngestConfig } from "../config.ts";
import { SampleReader } from "../decode/sampleRow.ts";
import { startsFrame } from "../decode/unwrap.ts";
import { createFrameReader } from "../gbt32960/columnar/frameReader.ts";
import type { KnownVin } from "../gbt32960/columnar/vinTable.ts";
import { createRowPrivacy } from "../privacy/privacy.ts";
import { checkKey, checkTime } from "./validate.ts";

/** What became of a record that is one sound report; the object and its row hold until the next record is read. */
export type QuickArrival = (record: LogRecord) => Outcome | undefined;

/**
 * The short way of a record from bytes to a row, for the reports nearly all records are: decoded, validated and made private
 * without an object per report. Undefined sends a record the long way (`arrive`), which gives the same row for those that this
 * one takes (quickArrival.property.test.ts) and knows what to do with all others.
 */
export function createQuickArrival(config: IngestConfig): QuickArrival {
  const { ingestRecordBytesMax, ingestKeyRequired, ingestFutureMax, ingestAgeMax } = config;
  const row = new ReportRow();
  const frames = createFrameReader();
  const samples = new SampleReader();
  const protect = createRowPrivacy(config);
  const outcome = { offset: 0, loggedMs: 0, samples: [], ignored: [], row };
  const limits = { nowMs: 0, futureMaxMs: ingestFutureMax, ageMaxMs: ingestAgeMax };
  const keyRule = { isKeyRequired: ingestKeyRequired };

  function readFrame(frame: Buffer, receivedTimeMs: number): KnownVin | undefined {
    row.receivedTimeMs = receivedTimeMs;
    return frames.read(frame, row);
  }

  /** Reads the report and checks who it says it is from. */
  function read({ value, key, timestampMs }: LogRecord): boolean {
    if (value === null || value.length === 0 || value.length > ingestRecordBytesMax) return false;
    const known = startsFrame(value) ? readFrame(value, timestampMs) : samples.read(value, timestampMs, row);
    return known !== undefined && (isSameBytes(key, known.bytes) || checkKey(key, known.vin, keyRule) === undefined);
  }

  function isRead(record: LogRecord): boolean {
    try {
      return read(record);
    } catch {
      // A bug of ours: the long way parks the record if it cannot read it either.
      return false;
    }
  }

  return (record) => {
    // A replayed dead letter is accounted for by its origin.
    if (record.headers[DEAD_LETTER_HEADERS.attempt] !== undefined || !isRead(record)) return undefined;
    limits.nowMs = record.timestampMs;
    if (checkTime(row, limits) !== undefined) return undefined;
    protect(row);
    outcome.offset = record.offset;
    outcome.loggedMs = record.timestampMs;
    return outcome;
  };
}

/** Whether the key is the very bytes the frame names its vehicle with, which spares making a text of it. */
function isSameBytes(key: Buffer | null, bytes: Buffer): boolean {
  if (key === null || key.length !== bytes.length) return false;
  for (let i = bytes.length - 1; i >= 0; i--) if (key[i] !== bytes[i] || (bytes[i] ?? 0) > 0x7e) return false;
  return true;
}
