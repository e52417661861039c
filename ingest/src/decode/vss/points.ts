/** VSS names signals but fixes no form. These are the forms seen on queues, all brought to one list of points. */
import { instantMs, isObject, type JsonObject, listOf } from "../json.ts";

/** One reading of one signal. */
export interface VssPoint {
  /** Without the leading "Vehicle.". */
  readonly path: string;
  readonly reading: unknown;
  /** ms since 1970; undefined where the point has no time of its own, null where it has one that cannot be read. */
  readonly timeMs: number | null | undefined;
}

export interface VssPayload {
  readonly points: readonly VssPoint[];
  /** What the envelope says for all points. */
  readonly envelope: { readonly vin?: unknown; readonly time?: unknown; readonly release?: unknown };
}

/** Deeper trees and longer lists are no vehicle. */
const DEPTH_MAX = 20;
const POINTS_MAX = 20_000;
const ROOT = "Vehicle";
const PATH = /^[A-Za-z][A-Za-z0-9_]*([.][A-Za-z0-9_]+)*$/;
const PATH_CHARACTERS_MAX = 200;
/** Branches and signals right below "Vehicle" that we read something from; they tell a tree of VSS from other JSON. */
const TOP_NAMES = new Set([
  ROOT,
  "Chassis",
  "CurrentLocation",
  "Diagnostics",
  "Exterior",
  "LowVoltageBattery",
  "LowVoltageSystemState",
  "OBD",
  "Powertrain",
  "Service",
  "Speed",
  "TraveledDistance",
  "VehicleIdentification",
  "VersionVSS",
]);

/** Under which a gateway wraps its list of points. */
const LIST_KEYS = ["data", "points", "signals", "values"] as const;

/** A list of points, one point, a VISS message, an envelope around a list, or a tree or map whose first names are VSS's. */
export function isVssJson(json: unknown): boolean {
  if (Array.isArray(json)) return isPoint(json[0]);
  if (!isObject(json)) return false;
  return isPoint(json) || wrappedPoints(json) !== undefined || isViss(json) || isTree(json);
}

function isPoint(entry: unknown): boolean {
  return isObject(entry) && typeof entry["path"] === "string";
}

function isTree(json: JsonObject): boolean {
  return Object.keys(json).some((key) => TOP_NAMES.has(key.split(".", 1)[0] ?? ""));
}

/** The list of points in an envelope that is no VISS message. */
function wrappedPoints(json: JsonObject): readonly unknown[] | undefined {
  for (const key of LIST_KEYS) {
    const list = json[key];
    if (Array.isArray(list) && isPoint(list[0])) return list;
  }
  return undefined;
}

export function isViss(json: JsonObject): boolean {
  return typeof json["action"] === "string" && (json["data"] !== undefined || json["error"] !== undefined || json["ts"] !== undefined);
}

/** The points of a payload in its order; null where there are too many, or a tree is too deep. */
export function readPoints(json: unknown): VssPayload | null {
  if (Array.isArray(json)) return payloadOf(json.flatMap(pointsOfEntry), {});
  if (!isObject(json)) return payloadOf([], {});
  if (isViss(json)) return payloadOf(listOf(json["data"]).flatMap(pointsOfEntry), { time: json["ts"] });
  const envelope = { vin: json["vin"], time: json["timestamp"] ?? json["ts"], release: json["vss"] ?? json["vssRelease"] };
  const listed = isPoint(json) ? [json] : wrappedPoints(json);
  if (listed !== undefined) return payloadOf(listed.flatMap(pointsOfEntry), envelope);
  const points: VssPoint[] = [];
  const isWhole = Object.entries(json).every(([name, node]) => isEnvelopeKey(name) || walk(name, node, points, 1));
  return isWhole ? payloadOf(points, envelope) : null;
}

function payloadOf(points: readonly VssPoint[], envelope: VssPayload["envelope"]): VssPayload | null {
  return points.length > POINTS_MAX ? null : { points, envelope };
}

/** Names of VSS begin with a capital; what does not is the gateway's. */
function isEnvelopeKey(name: string): boolean {
  return !/^[A-Z]/.test(name);
}

/** `{path, value, timestamp}`, `{path, value: {value, timestamp}}`, or VISS `{path, dp}` with one data point or several. */
function pointsOfEntry(entry: unknown): VssPoint[] {
  if (!isObject(entry) || typeof entry["path"] !== "string") return [];
  const path = entry["path"];
  const { dp, value } = entry;
  if (dp === undefined) return pointOf(path, isObject(value) && "value" in value ? value : entry);
  return listOf(dp).flatMap((point) => (isObject(point) ? pointOf(path, point) : []));
}

function pointOf(path: string, point: JsonObject): VssPoint[] {
  const name = withoutRoot(path);
  if (name === null) return [];
  const time = point["timestamp"] ?? point["ts"];
  return [{ path: name, reading: point["value"], timeMs: time === undefined ? undefined : (instantMs(time) ?? null) }];
}

/** VISS separates with "/" in some versions. Null for what is no path. */
function withoutRoot(path: string): string | null {
  const dotted = path.replaceAll("/", ".");
  if (dotted.length > PATH_CHARACTERS_MAX || !PATH.test(dotted)) return null;
  return dotted.startsWith(`${ROOT}.`) ? dotted.slice(ROOT.length + 1) : dotted;
}

/** Collects the leaves of a tree; a node with `value` is a data point, other objects are branches. False when it is too large. */
function walk(path: string, node: unknown, points: VssPoint[], depth: number): boolean {
  if (depth > DEPTH_MAX || points.length > POINTS_MAX) return false;
  if (!isObject(node)) {
    points.push(...pointOf(path, { value: node }));
    return true;
  }
  if (Object.hasOwn(node, "value")) {
    points.push(...pointOf(path, node));
    return true;
  }
  return Object.entries(node).every(([name, child]) => walk(`${path}.${name}`, child, points, depth + 1));
}
