/**
 * Tells Tesla's protobuf records apart and decodes them into the objects their JSON form has. A record does not name its
 * type (the topic does), and a topic may carry other formats, so the bytes are walked before they are believed.
 */
import { readFileSync } from "node:fs";
import { parseVin } from "@bellwether/contracts/vin";
import protobuf from "protobufjs";

export const TESLA_RECORDS = ["data", "alerts", "errors", "connectivity"] as const;
export type TeslaRecord = (typeof TESLA_RECORDS)[number];

const { root } = protobuf.parse(readFileSync(new URL("./telemetry.proto", import.meta.url), "utf8"));
const PAYLOAD = root.lookupType("Payload");
const ALERTS = root.lookupType("VehicleAlerts");
const TO_JSON_FORM = { enums: String, longs: Number } as const;

/** `(field << 3) | wire type`, for fields below 16. */
const TAGS = { first: 0x0a, second: 0x12, third: 0x1a } as const;
const FIRST_NUMBER = 0x08;
const WIRE = { number: 0, bytes: 2 } as const;
/** No record of this service is older, and none will come later. */
const SECONDS_MIN = Date.UTC(2010, 0, 1) / 1000;
const SECONDS_MAX = Date.UTC(2100, 0, 1) / 1000;
const VIN_CHARACTERS_MIN = 5;

interface Envelope {
  /** First entry of the repeated field 1, or the text there. */
  readonly first: Uint8Array | undefined;
  readonly time: Uint8Array | undefined;
  readonly vin: Uint8Array | undefined;
  readonly status: number | undefined;
}

/** The type of a record, or null for bytes that are none of them. O(top-level fields). */
export function teslaRecordOf(bytes: Buffer): TeslaRecord | null {
  const [tag] = bytes;
  if (tag !== TAGS.first && tag !== TAGS.second && tag !== TAGS.third) return null;
  const envelope = readEnvelope(bytes);
  if (envelope === null) return null;
  const { first, time, vin, status } = envelope;
  if (status !== undefined) return isVin(first) ? "connectivity" : null;
  if (time === undefined || !isTimestamp(time) || (vin !== undefined && !isVin(vin))) return null;
  return entryKind(first, { isVinKnown: vin !== undefined });
}

/** The object a record's JSON form has; null where the bytes do not hold it. Unknown fields are skipped. */
export function decodeTeslaRecord(bytes: Buffer, record: "data" | "alerts"): unknown {
  const type = record === "data" ? PAYLOAD : ALERTS;
  try {
    return type.toObject(type.decode(bytes), TO_JSON_FORM);
  } catch {
    return null;
  }
}

/** Walks the top level; null where it is no sequence of fields that ends with the bytes. */
function readEnvelope(bytes: Buffer): Envelope | null {
  const found: { -readonly [K in keyof Envelope]: Envelope[K] } = { first: undefined, time: undefined, vin: undefined, status: undefined };
  try {
    const reader = protobuf.Reader.create(bytes);
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const field = tag >>> 3;
      if (field === 0) return null;
      if ((tag & 7) === WIRE.bytes) keepBytes(found, field, reader.bytes());
      else if (field === 3 && (tag & 7) === WIRE.number) found.status = reader.uint32();
      else reader.skipType(tag & 7);
    }
    return found;
  } catch {
    return null;
  }
}

function keepBytes(found: { -readonly [K in keyof Envelope]: Envelope[K] }, field: number, content: Uint8Array): void {
  if (field === 1) found.first ??= content;
  else if (field === 2) found.time = content;
  else if (field === 3) found.vin = content;
}

/** By what the first entry begins with: a datum with its key, an error with its time, an alert with its name. */
function entryKind(entry: Uint8Array | undefined, { isVinKnown }: { isVinKnown: boolean }): TeslaRecord | null {
  if (entry === undefined) return isVinKnown ? "data" : null;
  switch (entry[0]) {
    case FIRST_NUMBER:
    case TAGS.second:
      return "data";
    case TAGS.first:
      return entry[2] === FIRST_NUMBER ? "errors" : "alerts";
    case TAGS.third:
      return "alerts";
    default:
      return null;
  }
}

function isVin(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && bytes.length >= VIN_CHARACTERS_MIN && parseVin(Buffer.from(bytes).toString("latin1")) !== null;
}

function isTimestamp(bytes: Uint8Array): boolean {
  if (bytes[0] !== FIRST_NUMBER) return false;
  try {
    const reader = protobuf.Reader.create(bytes);
    reader.uint32();
    const seconds = Number(reader.uint64());
    return seconds >= SECONDS_MIN && seconds < SECONDS_MAX;
  } catch {
    return false;
  }
}
