import type { Decoded } from "@bellwether/contracts/sample";
import { isSignalName, type SignalName, type SignalValues, signalDefinition } from "@bellwether/contracts/signals";
import { rounded } from "../../replay/cells.ts";
import { UNITS } from "../../replay/map.ts";
import { type DecodeContext, rejected } from "../codec.ts";
import { instantMs, isObject, type JsonObject, vehicleOf } from "../json.ts";
import type { CompiledSchema } from "./compiled.ts";
import type { FieldConversion, FieldMap } from "./fieldMap.ts";

/** The report a registered record is, by its map. A field that is absent, null or a sentinel is missing. */
export function toSample(fields: JsonObject, map: FieldMap, format: CompiledSchema["format"], context: DecodeContext): Decoded {
  const vin = vehicleOf(map.vin === undefined ? undefined : at(fields, map.vin), context);
  if (typeof vin !== "string") return vin;
  const eventTimeMs = timeOf(at(fields, map.time.field), map.time.format);
  if (eventTimeMs === undefined) return rejected("bad_time", `expected ${map.time.field} as ${map.time.format}`);
  const extra = extrasOf(fields, map);
  const sample = {
    ...{ vin, eventTimeMs, receivedTimeMs: context.receivedTimeMs, format, part: 0 },
    isReissue: map.isReissue !== undefined && at(fields, map.isReissue) === true,
    values: valuesOf(fields, map),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
    ...{ dtcs: [], quality: [] },
  };
  return { kind: "samples", samples: [sample] };
}

function at(fields: JsonObject, path: string): unknown {
  let found: unknown = fields;
  for (const step of path.split(".")) found = isObject(found) ? found[step] : undefined;
  return found;
}

function timeOf(raw: unknown, format: FieldMap["time"]["format"]): number | undefined {
  if (format === "iso") return typeof raw === "string" ? instantMs(raw) : undefined;
  if (format === "timestamp") {
    const [seconds, nanos] = isObject(raw) ? [raw["seconds"], raw["nanos"]] : [];
    return typeof seconds === "number" ? instantMs(seconds * 1000 + (typeof nanos === "number" ? nanos / 1e6 : 0)) : undefined;
  }
  if (typeof raw !== "number") return undefined;
  return instantMs(raw * (format === "epoch_s" ? 1000 : format === "epoch_us" ? 0.001 : 1));
}

function valuesOf(fields: JsonObject, { signals }: FieldMap): SignalValues {
  const values: Record<string, unknown> = {};
  for (const [name, conversion] of Object.entries(signals)) {
    if (!isSignalName(name)) continue;
    const reading = readingOf(name, at(fields, conversion.field), conversion);
    if (reading !== undefined) values[name] = reading;
  }
  return isSignalValues(values) ? values : {};
}

function readingOf(name: SignalName, raw: unknown, conversion: FieldMap["signals"][string]): unknown {
  const { kind } = signalDefinition(name);
  if (kind === "float32[]") return Array.isArray(raw) && raw.length > 0 ? raw.map((one) => numberOf(one, conversion) ?? null) : undefined;
  if (kind === "enum" || kind === "bool") {
    if (kind === "bool" && typeof raw === "boolean") return raw;
    return conversion.values?.[String(raw)];
  }
  const reading = numberOf(raw, conversion);
  return reading !== undefined && kind.startsWith("uint") ? Math.round(reading) : reading;
}

function numberOf(raw: unknown, { unit, scale = 1, offset = 0, sentinels }: FieldConversion): number | undefined {
  if (typeof raw !== "number" || !Number.isFinite(raw) || sentinels.includes(raw)) return undefined;
  const step = Object.entries(UNITS).find(([name]) => name === unit)?.[1] ?? { scale: 1, offset: 0 };
  return rounded((raw * step.scale + step.offset) * scale + offset);
}

function extrasOf(fields: JsonObject, { extra }: FieldMap): Record<string, number> {
  const extras: Record<string, number> = {};
  for (const [name, conversion] of Object.entries(extra)) {
    const reading = numberOf(at(fields, conversion.field), conversion);
    if (reading !== undefined) extras[name] = reading;
  }
  return extras;
}

/** Each reading has been made for its signal; this says that nothing else is there. */
function isSignalValues(values: Record<string, unknown>): values is SignalValues {
  return Object.keys(values).every(isSignalName);
}
