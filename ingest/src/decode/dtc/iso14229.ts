/** Answers of UDS service 0x19 "read DTC information", sub-function 02 "by status mask" (ISO 14229-1). */
import type { DtcReading, DtcStatus } from "@bellwether/contracts/sample";
import { udsReading } from "./j2012.ts";

const POSITIVE_ANSWER = 0x59;
const BY_STATUS_MASK = 0x02;
/** Service, sub-function and availability mask. */
const HEAD_BYTES = 3;
/** Three bytes of code and one of status. */
const RECORD_BYTES = 4;
const BITS = { failedNow: 0x01, pending: 0x04, confirmed: 0x08, untestedSinceClear: 0x10, untestedThisCycle: 0x40, lamp: 0x80 } as const;
const ALL_BITS = 0xff;

/** Whether bytes are such an answer: its two first bytes, and whole records behind the mask. */
export function isDtcAnswer(bytes: Buffer): boolean {
  return (
    bytes[0] === POSITIVE_ANSWER &&
    bytes[1] === BY_STATUS_MASK &&
    bytes.length >= HEAD_BYTES &&
    (bytes.length - HEAD_BYTES) % RECORD_BYTES === 0
  );
}

/** The codes of an answer with their status; null for bytes that are none. A code of zeros is padding. */
export function readDtcAnswer(bytes: Buffer): DtcReading[] | null {
  if (!isDtcAnswer(bytes)) return null;
  const availability = bytes.readUInt8(2);
  const readings: DtcReading[] = [];
  for (let at = HEAD_BYTES; at < bytes.length; at += RECORD_BYTES) {
    const reading = udsReading(bytes, at);
    if (reading !== null) readings.push({ ...reading, status: statusOfByte(bytes.readUInt8(at + 3), availability) });
  }
  return readings;
}

/**
 * The flags a status byte states. Bits the control unit does not support (`availability`) say nothing, and a fault
 * whose test has not run is not known to be gone.
 */
export function statusOfByte(status: number, availability: number = ALL_BITS): DtcStatus {
  const isKnown = (bit: number) => (availability & bit) !== 0;
  const isSet = (bit: number) => (status & availability & bit) !== 0;
  const isUntested = isSet(BITS.untestedSinceClear) || isSet(BITS.untestedThisCycle);
  return {
    ...(isSet(BITS.failedNow) || (isKnown(BITS.failedNow) && !isUntested) ? { isActive: isSet(BITS.failedNow) } : {}),
    ...(isKnown(BITS.pending) ? { isPending: isSet(BITS.pending) } : {}),
    ...(isKnown(BITS.confirmed) ? { isConfirmed: isSet(BITS.confirmed) } : {}),
    ...(isKnown(BITS.lamp) ? { isLampOn: isSet(BITS.lamp) } : {}),
  };
}
