/** Tesla's records in the form both their encodings have: vehicle data and alerts become samples, the rest is about the client. */
import type { Decoded, DtcReading, Format } from "@bellwether/contracts/sample";
import type { Draft } from "../../gbt32960/draft.ts";
import { type DecodeContext, rejected } from "../codec.ts";
import { dtcsToDecoded } from "../dtcsToDecoded.ts";
import { instantMs, isObject, type JsonObject, numberOf, vehicleOf } from "../json.ts";
import { setField, setStandIn } from "./fields.ts";
import { readingOf } from "./reading.ts";
import type { TeslaRecord } from "./wire.ts";

const MS_PER_NS = 1e-6;
const NAME_CHARACTERS_MAX = 100;

/** What a record of a known type says. */
export function recordToDecoded(record: TeslaRecord, json: unknown, context: DecodeContext, format: Format): Decoded {
  if (record === "errors" || record === "connectivity") return { kind: "ignored", what: `tesla_${record}` };
  if (!isObject(json)) return rejected("malformed", `expected a Tesla record of ${record}, got bytes that hold none`);
  const vin = vehicleOf(json["vin"], context);
  if (typeof vin !== "string") return vin;
  const eventTimeMs = timeMs(json["createdAt"]);
  if (eventTimeMs === undefined) return rejected("bad_time", "expected createdAt as ISO 8601 with an offset, or a protobuf timestamp");
  const { receivedTimeMs } = context;
  const entries: unknown = json[record] ?? [];
  if (!Array.isArray(entries)) return rejected("schema", `expected ${record} as a list`);
  const origin = { vin, format, eventTimeMs, receivedTimeMs };
  if (record === "alerts") return dtcsToDecoded(origin, alertReadings(entries));
  const { values, quality, dtcs, extra } = draftOf(entries, context);
  if (entries.length === 0) return { kind: "ignored", what: "tesla_empty" };
  const isReissue = json["isResend"] === true;
  const sample = { ...origin, isReissue, part: 0, values, dtcs, quality };
  return { kind: "samples", samples: [Object.keys(extra).length === 0 ? sample : { ...sample, extra }] };
}

/** ISO text, or seconds and nanoseconds. */
function timeMs(time: unknown): number | undefined {
  if (!isObject(time)) return instantMs(time);
  const seconds = numberOf(time["seconds"] ?? 0);
  return seconds === undefined ? undefined : instantMs(seconds * 1000 + (numberOf(time["nanos"]) ?? 0) * MS_PER_NS);
}

/** A field or a value this reader does not know is no reason to lose the others. */
function draftOf(data: readonly unknown[], { options }: DecodeContext): Draft {
  const draft: Draft = { values: {}, quality: [], dtcs: [], extra: {}, cells: [], probes: [] };
  const readings = data.flatMap((datum) => {
    const field = isObject(datum) ? fieldName(datum["key"]) : undefined;
    const reading = isObject(datum) ? readingOf(datum["value"]) : undefined;
    return field === undefined || reading === undefined ? [] : [{ field, reading }];
  });
  for (const { field, reading } of readings) setField(draft, field, reading, options);
  for (const { field, reading } of readings) setStandIn(draft, field, reading);
  return draft;
}

/** A field newer than this reader comes as its number. */
function fieldName(key: unknown): string | undefined {
  if (typeof key === "number") return `field_${key}`;
  return typeof key === "string" && /^\w{1,64}$/.test(key) && key !== "__proto__" ? key : undefined;
}

/** Every alert once, active where one of its entries has not ended. */
function alertReadings(alerts: readonly unknown[]): DtcReading[] {
  const readings = new Map<string, DtcReading>();
  for (const alert of alerts) {
    if (!isObject(alert) || typeof alert["name"] !== "string" || alert["name"] === "") continue;
    const reading = alertReading(alert, alert["name"].slice(0, NAME_CHARACTERS_MAX));
    if (readings.get(reading.code)?.status?.isActive !== true) readings.set(reading.code, reading);
  }
  return [...readings.values()];
}

/** An alert whose audience is the customer is on the car's display while it lasts. */
function alertReading(alert: JsonObject, code: string): DtcReading {
  const isActive = alert["endedAt"] === undefined || alert["endedAt"] === null;
  const audiences: readonly unknown[] = Array.isArray(alert["audiences"]) ? alert["audiences"] : [];
  return { system: "tesla", code, status: { isActive, isLampOn: isActive && audiences.includes("Customer") } };
}
