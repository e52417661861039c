/** A control unit's answer to "read trouble codes" as bytes; the vehicle is the record's key, the time that of the record. */
import type { Decoded } from "@bellwether/contracts/sample";
import { type DecodeContext, rejected } from "./codec.ts";
import { readDtcAnswer } from "./dtc/iso14229.ts";
import { dtcsToDecoded } from "./dtcsToDecoded.ts";
import { vehicleOf } from "./json.ts";

export function decodeUds(payload: Buffer, context: DecodeContext): readonly [Decoded] {
  const dtcs = readDtcAnswer(payload);
  if (dtcs === null) return [rejected("truncated", "expected whole records of 4 bytes behind 59 02 and a mask")];
  const vin = vehicleOf(undefined, context);
  if (typeof vin !== "string") return [vin];
  const { receivedTimeMs } = context;
  return [dtcsToDecoded({ vin, format: "uds", eventTimeMs: receivedTimeMs, receivedTimeMs }, dtcs)];
}
