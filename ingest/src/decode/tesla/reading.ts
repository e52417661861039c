/** One value of a datum, whatever type it came as: the type of a field may change with the car's firmware. */
import { isObject, type JsonObject, numberOf } from "../json.ts";

export type TeslaReading =
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "flag"; readonly isOn: boolean }
  /** A text or the name of an enum's value. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "location"; readonly latitude: number; readonly longitude: number }
  /** Flags by name, such as one per tyre. */
  | { readonly kind: "flags"; readonly flags: ReadonlyMap<string, boolean> }
  /** The car says that it cannot measure it now. */
  | { readonly kind: "invalid" };

const INVALID_TEXT = "<invalid>";
/** Older firmware writes "(37.41 N, 122.14 W)". */
const LOCATION_TEXT = /^\((\d+(?:[.]\d+)?) ([NS]), (\d+(?:[.]\d+)?) ([EW])\)$/;
const TEXT_CHARACTERS_MAX = 200;

/** Reads a datum's value; undefined for a type this reader does not know, or none. */
export function readingOf(value: unknown): TeslaReading | undefined {
  if (!isObject(value)) return undefined;
  if (value["invalid"] === true) return { kind: "invalid" };
  for (const [variant, reading] of Object.entries(value)) {
    if (variant === "invalid" || reading === null || reading === undefined) continue;
    return isObject(reading) ? readingOfObject(reading) : readingOfScalar(reading);
  }
  return undefined;
}

function readingOfScalar(reading: unknown): TeslaReading | undefined {
  if (typeof reading === "boolean") return { kind: "flag", isOn: reading };
  const number = numberOf(reading);
  if (number !== undefined) return { kind: "number", number };
  return typeof reading === "string" ? readingOfText(reading) : undefined;
}

function readingOfText(text: string): TeslaReading | undefined {
  if (text.length > TEXT_CHARACTERS_MAX) return undefined;
  if (text === INVALID_TEXT) return { kind: "invalid" };
  if (text === "true" || text === "false") return { kind: "flag", isOn: text === "true" };
  const match = LOCATION_TEXT.exec(text);
  if (match === null) return { kind: "text", text };
  const latitude = Number(match[1]) * (match[2] === "S" ? -1 : 1);
  return { kind: "location", latitude, longitude: Number(match[3]) * (match[4] === "W" ? -1 : 1) };
}

/** A protobuf zero is not sent, so an absent coordinate is 0. */
function readingOfObject(object: JsonObject): TeslaReading | undefined {
  if ("latitude" in object || "longitude" in object) {
    const latitude = numberOf(object["latitude"] ?? 0);
    const longitude = numberOf(object["longitude"] ?? 0);
    return latitude === undefined || longitude === undefined ? undefined : { kind: "location", latitude, longitude };
  }
  const flags = Object.entries(object).flatMap(([name, isOn]): [string, boolean][] => (typeof isOn === "boolean" ? [[name, isOn]] : []));
  return flags.length === 0 ? undefined : { kind: "flags", flags: new Map(flags) };
}
