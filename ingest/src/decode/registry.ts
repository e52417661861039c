/** Avro and Protobuf behind Confluent's prefix: a zero byte, the schema's id in four bytes, and the record. */
import type { Decoded } from "@bellwether/contracts/sample";
import { type DecodeContext, rejected } from "./codec.ts";

const PREFIX_BYTES = 5;

export function isRegistryRecord(payload: Buffer): boolean {
  return payload.length >= PREFIX_BYTES && payload[0] === 0;
}

/** The id of the schema a record was written with; undefined for a record without the prefix. */
export function schemaIdOf(payload: Buffer | null): number | undefined {
  return payload !== null && isRegistryRecord(payload) ? payload.readUInt32BE(1) : undefined;
}

export function decodeRegistryRecord(payload: Buffer, context: DecodeContext): readonly [Decoded] {
  const id = schemaIdOf(payload);
  const schemas = context.options?.schemas;
  if (id === undefined || schemas === undefined) {
    return [rejected("unknown_format", "expected no schema id, because no registry is configured, got a record that begins with one")];
  }
  return [schemas.decode(id, payload.subarray(PREFIX_BYTES), context)];
}
