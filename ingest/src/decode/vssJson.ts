import type { Decoded, Sample } from "@bellwether/contracts/sample";
import type { Vin } from "@bellwether/contracts/vin";
import type { Draft } from "../gbt32960/draft.ts";
import { type DecodeContext, rejected } from "./codec.ts";
import { readingOfText } from "./dtc/j2012.ts";
import { fragmentPart } from "./fragmentPart.ts";
import { instantMs, isObject, listOf, numberOf, vehicleOf } from "./json.ts";
import { isViss, readPoints, type VssPayload, type VssPoint } from "./vss/points.ts";
import { releaseOf, type VssRelease } from "./vss/release.ts";
import { booleanOf, placeOf, setReading } from "./vss/signals.ts";

/**
 * Signals of the COVESA vehicle signal specification as JSON, with and without the leading `Vehicle.`:
 *
 * `[{"path": "Vehicle.Speed", "value": 50.0, "timestamp": "2026-01-02T00:00:00Z"}, ...]`
 * `{"Vehicle.Speed": 50.0, "timestamp": "..."}` or nested `{"Vehicle": {"Speed": {"value": 50.0, "timestamp": "..."}}}`
 * `{"vin": "...", "vss": "5.1", "data": [{"path": ..., "value": ...}, ...]}`, also `points`, `signals` or `values`; or one such point alone
 * `{"action": "subscription", "data": {"path": "Vehicle.Speed", "dp": {"value": "50.0", "ts": "..."}}}` (VISS)
 *
 * Readings of one time become one sample. The vehicle is `VehicleIdentification.VIN`, `vin`, or the record's key. The release,
 * on which the odometer's unit hangs, is `VersionVSS.Major`, `vss`, or what ingest is configured for. A point without a time has
 * the payload's, or else that of the record.
 */
const FORMAT = "vss-json";
const DEFAULT_RELEASE: VssRelease = "6.0";
const VIN_PATH = "VehicleIdentification.VIN";
const MAJOR_PATH = "VersionVSS.Major";
const SHOWN_CHARGE_PATH = "Powertrain.TractionBattery.StateOfCharge.Displayed";
const COMPUTED_CHARGE_PATH = "Powertrain.TractionBattery.StateOfCharge.Current";
const DTC_PATHS = new Set(["Diagnostics.DTCList", "OBD.DTCList"]);
/** Say who and what the payload is, not how the car is. */
const IDENTITY_PREFIXES = ["VehicleIdentification.", "VersionVSS."];

export function decodeVssJson(json: unknown, context: DecodeContext): readonly Decoded[] {
  const payload = readPoints(json);
  if (payload === null) return [rejected("schema", "expected at most 20000 points, and a tree at most 20 deep")];
  const { points, envelope } = payload;
  if (points.length === 0) return [isObject(json) && isViss(json) ? { kind: "ignored", what: "viss_answer" } : noPoints()];
  const vin = vehicleOf(lastReading(points, VIN_PATH) ?? envelope.vin, context);
  if (typeof vin !== "string") return [vin];
  const fallbackMs = envelope.time === undefined ? context.receivedTimeMs : instantMs(envelope.time);
  const { byTime, untimed } = groupByTime(points, fallbackMs);
  const release =
    releaseOf(lastReading(points, MAJOR_PATH)) ?? releaseOf(envelope.release) ?? context.options?.vssRelease ?? DEFAULT_RELEASE;
  const samples = [...byTime].map(([eventTimeMs, group]) => sampleOf(group, { vin, eventTimeMs, release, context }));
  const decoded: Decoded[] = samples.length === 0 ? [] : [{ kind: "samples", samples }];
  return untimed === 0 ? decoded : [...decoded, rejected("bad_time", `expected times in ISO 8601 with an offset, got ${untimed} others`)];
}

function noPoints(): Decoded {
  return rejected("schema", "expected points with a VSS path and a value, got none");
}

function lastReading(points: VssPayload["points"], path: string): unknown {
  return points.findLast((point) => point.path === path)?.reading;
}

/** Points by their time, oldest first; `untimed` counts those whose time cannot be read. */
function groupByTime(points: readonly VssPoint[], fallbackMs: number | undefined): { byTime: Map<number, VssPoint[]>; untimed: number } {
  const byTime = new Map<number, VssPoint[]>();
  let untimed = 0;
  for (const point of points) {
    const timeMs = point.timeMs === undefined ? fallbackMs : point.timeMs;
    if (timeMs === undefined || timeMs === null) {
      untimed++;
      continue;
    }
    const group = byTime.get(timeMs);
    if (group === undefined) byTime.set(timeMs, [point]);
    else group.push(point);
  }
  return { byTime: new Map([...byTime].sort(([a], [b]) => a - b)), untimed };
}

interface SampleOrigin {
  readonly vin: Vin;
  readonly eventTimeMs: number;
  readonly release: VssRelease;
  readonly context: DecodeContext;
}

/** What the points of one time say; of a path that comes twice the last reading counts. */
function sampleOf(points: readonly VssPoint[], { vin, eventTimeMs, release, context }: SampleOrigin): Sample {
  const draft: Draft = { values: {}, quality: [], dtcs: [], extra: {}, cells: [], probes: [] };
  const isChargeShown = numberOf(lastReading(points, SHOWN_CHARGE_PATH)) !== undefined;
  const extra = new Map<string, number>();
  for (const { path, reading } of points) {
    if (isChargeShown && path === COMPUTED_CHARGE_PATH) continue;
    const place = placeOf(path);
    if (place !== undefined) setReading(draft, place, reading, release);
    else if (DTC_PATHS.has(path)) draft.dtcs.push(...listOf(reading).flatMap(dtcOf));
    else setExtra(extra, path, reading);
  }
  const said = {
    values: draft.values,
    ...(extra.size === 0 ? {} : { extra: Object.fromEntries(extra) }),
    quality: draft.quality,
  };
  return {
    vin,
    eventTimeMs,
    receivedTimeMs: context.receivedTimeMs,
    format: FORMAT,
    isReissue: false,
    part: fragmentPart(said),
    ...said,
    dtcs: draft.dtcs,
  };
}

function dtcOf(code: unknown) {
  const reading = typeof code === "string" ? readingOfText(code) : null;
  return reading === null ? [] : [reading];
}

/** Numbers, and flags as 0 and 1, under their path; texts have nowhere to go. */
function setExtra(extra: Map<string, number>, path: string, reading: unknown): void {
  if (IDENTITY_PREFIXES.some((prefix) => path.startsWith(prefix)) || reading === null || typeof reading === "object") return;
  const number = numberOf(reading) ?? flagOf(reading);
  if (number !== undefined) extra.set(path, number);
}

function flagOf(reading: unknown): number | undefined {
  const flag = booleanOf(reading);
  return flag === undefined ? undefined : Number(flag);
}
