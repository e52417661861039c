/** A vehicle's health from one weekly reading to the next: the window's estimate goes into the track, and the track is shown. */
import { type Day, daysBetween } from "../../engine/days.ts";
import type { HealthState } from "../../engine/state.ts";
import { advanceTrack, HEALTH_VERSION, type HealthBreak, type HealthReading, startTrack } from "../../soh/healthTrack.ts";
import type { HealthRow } from "../detector.ts";
import { CAPACITY_PARAMS, type CapacityEstimate } from "./estimateCapacity.ts";
import { type Reference, rescaled } from "./reference.ts";

export interface WeeklyReading {
  readonly day: Day;
  readonly estimate: CapacityEstimate;
  readonly reference: Reference | null;
  /** The battery management has run other software since the last reading. */
  readonly isNewSoftware: boolean;
  /** Points of capacity lost to imbalance beyond doubt; null: not known. */
  readonly imbalancePct?: number | null;
}

type Known = Extract<CapacityEstimate, { kind: "ok" }>;

/** Windows of 60 days that are read weekly share most of their charges: each reading is worth the part that is new. */
const OVERLAP = CAPACITY_PARAMS.windowDays / 7;
/** Charge counting itself is no better, points. */
const READING_SD_FLOOR_PCT = 0.2;
/**
 * Readings from relaxed evidence (cold, narrow or sparse charges) read some percent low in winter: they do not move a value that
 * full evidence has set within this time. It is carried on, and its interval widens.
 */
const FULL_EVIDENCE_HOLDS_DAYS = 180;
const HISTORY_EVERY_DAYS = 28;
/** Twenty years. */
const HISTORY_POINTS_MAX = 260;

/** The health after this week's reading; null while there is no reference. Without a reading nothing changes. O(weeks since the last). */
export function nextHealth(
  before: HealthState | null,
  { day, estimate, reference, isNewSoftware, imbalancePct = null }: WeeklyReading,
): HealthState | null {
  if (estimate.kind !== "ok" || reference === null) return before;
  const reading = toReading(estimate, reference, imbalancePct ?? 0);
  if (before === null) {
    const kept = { referenceAh: reference.ah, referenceSource: reference.source };
    return {
      track: startTrack(reading.first),
      day,
      fullDay: estimate.isFull ? day : "",
      ...kept,
      version: HEALTH_VERSION,
      history: [{ day, sohPct: reading.first.sohPct }],
    };
  }
  const isMoved = before.referenceSource !== reference.source;
  const based = isMoved ? rescaled(before, reference) : before;
  const broken: HealthBreak | null = isNewSoftware ? "bms_software_changed" : null;
  const weeks = Math.max(1, Math.round(daysBetween(based.day, day) / 7));
  const fullDay = isNewSoftware ? "" : based.fullDay;
  const isHeld = !estimate.isFull && fullDay !== "" && daysBetween(fullDay, day) <= FULL_EVIDENCE_HOLDS_DAYS;
  const advanced = advanceTrack(based.track, weeks, isHeld ? null : reading.later, { broken });
  const track = isMoved ? { ...advanced, cause: "reference_changed" as const } : advanced;
  return { ...based, track, day, fullDay: estimate.isFull ? day : fullDay, history: extended(based.history, day, track.shownPct) };
}

/** What imbalance costs is not ageing: it is added back, with a third of it as doubt. */
function toReading(
  { capacityAh, randomSd }: Known,
  { ah }: Reference,
  imbalancePct: number,
): { first: HealthReading; later: HealthReading } {
  const sohPct = (100 * capacityAh) / ah / (1 - imbalancePct / 100);
  const sd = (factor: number) => Math.max(READING_SD_FLOOR_PCT, Math.hypot(factor * randomSd * sohPct, imbalancePct / 3));
  return { first: { sohPct, sdPct: sd(1) }, later: { sohPct, sdPct: sd(Math.sqrt(OVERLAP)) } };
}

function extended(history: HealthState["history"], day: Day, sohPct: number): HealthState["history"] {
  const last = history.at(-1);
  if (last !== undefined && daysBetween(last.day, day) < HISTORY_EVERY_DAYS) return history;
  return [...history, { day, sohPct }].slice(-HISTORY_POINTS_MAX);
}

/** The row of table `health`: the shown value with its interval, or why there is none. */
export function healthRow(
  day: Day,
  estimate: CapacityEstimate,
  reference: Reference | null,
  health: HealthState | null,
  imbalancePct: number | null = null,
): HealthRow {
  const because = reference === null ? "no reference capacity yet" : `reference: ${reference.source}`;
  const balance = imbalancePct === null || imbalancePct === 0 ? "" : `; imbalance costs ${imbalancePct.toFixed(1)} points more, not ageing`;
  const head = {
    at: day,
    referenceAh: reference?.ah ?? null,
    sessions: estimate.sessions,
    reason: `${estimate.reason}${balance}; ${because}`,
    imbalancePct,
  };
  const none = { lowAh: null, highAh: null, accuracyClass: "", cause: "", opinions: [], capacityKwh: null };
  if (estimate.kind === "not_enough_evidence")
    return { ...head, verdict: "not_enough_evidence", capacityAh: null, windowAh: null, ...none };
  const { capacityAh: windowAh, lowAh, highAh, accuracyClass, systematicSd, opinions, meanV } = estimate;
  const kwh = (ah: number) => (meanV === null ? null : (ah * meanV) / 1000);
  if (health === null)
    return {
      ...head,
      verdict: "ok",
      capacityAh: windowAh,
      lowAh,
      highAh,
      accuracyClass,
      cause: "",
      windowAh,
      opinions,
      capacityKwh: kwh(windowAh),
    };
  const { shownPct, shownSdPct, cause } = health.track;
  const toAh = health.referenceAh / 100;
  const half = CAPACITY_PARAMS.intervalZ * Math.hypot(shownSdPct, systematicSd * shownPct) * toAh;
  const capacityAh = shownPct * toAh;
  const shown = { capacityAh, lowAh: capacityAh - half, highAh: capacityAh + half };
  return { ...head, verdict: "ok", ...shown, accuracyClass, cause: cause ?? "", windowAh, opinions, capacityKwh: kwh(capacityAh) };
}
