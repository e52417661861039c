/** Records of Tesla's fleet-telemetry server: protobuf, and its JSON form. Their type is told from the content. */
import type { Decoded } from "@bellwether/contracts/sample";
import { type DecodeContext, rejected } from "./codec.ts";
import { isObject } from "./json.ts";
import { recordToDecoded } from "./tesla/records.ts";
import { decodeTeslaRecord, TESLA_RECORDS, type TeslaRecord, teslaRecordOf } from "./tesla/wire.ts";

export function isTeslaProtobuf(payload: Buffer): boolean {
  return teslaRecordOf(payload) !== null;
}

export function decodeTeslaProtobuf(payload: Buffer, context: DecodeContext): readonly [Decoded] {
  const record = teslaRecordOf(payload);
  if (record === null) return [rejected("unknown_format", "expected a Tesla record")];
  const json = record === "data" || record === "alerts" ? decodeTeslaRecord(payload, record) : undefined;
  return [recordToDecoded(record, json, context, "tesla-protobuf")];
}

export function isTeslaJson(json: unknown): boolean {
  return jsonRecordOf(json) !== null;
}

export function decodeTeslaJson(json: unknown, context: DecodeContext): readonly [Decoded] {
  const record = jsonRecordOf(json);
  if (record === null) return [rejected("schema", "expected a Tesla record")];
  return [recordToDecoded(record, json, context, "tesla-json")];
}

/** All fields are written in JSON, so each type has its list under its own name, beside the time. */
function jsonRecordOf(json: unknown): TeslaRecord | null {
  if (!isObject(json) || json["createdAt"] === undefined) return null;
  if (json["connectionId"] !== undefined) return "connectivity";
  return TESLA_RECORDS.find((record) => Array.isArray(json[record])) ?? null;
}
