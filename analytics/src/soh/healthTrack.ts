/**
 * One vehicle's state of health from week to week: a filter with two states (level, change per week) over whatever was measured,
 * and on top of it the value that is shown, which never moves by more than half a point a week without a stated cause. What the
 * shown value lags behind is added to its interval, so it stays true while it catches up.
 * Source: methods 1.11 and card A4; Harvey, Forecasting, Structural Time Series Models and the Kalman Filter, section 2.3.2.
 */

/** Of the method behind table `health`; a change makes every vehicle's history be computed again. */
export const HEALTH_VERSION = 4;

/** A week's measurement, in points of state of health. */
export interface HealthReading {
  readonly sohPct: number;
  readonly sdPct: number;
}

/** Known breaks in a vehicle's history, after which the old level may no longer hold. */
const HEALTH_BREAKS = ["bms_software_changed", "reference_changed", "method_changed", "pack_repaired"] as const;
export type HealthBreak = (typeof HEALTH_BREAKS)[number];

/** Everything that may move the shown value by more than half a point. */
export const HEALTH_CAUSES = [...HEALTH_BREAKS, "first_value", "weeks_without_data", "step_confirmed"] as const;
export type HealthCause = (typeof HEALTH_CAUSES)[number];

/** Nine numbers per vehicle. */
export interface HealthTrack {
  readonly levelPct: number;
  readonly slopePctPerWeek: number;
  readonly levelVariance: number;
  readonly covariance: number;
  readonly slopeVariance: number;
  /** What the reader sees. */
  readonly shownPct: number;
  readonly shownSdPct: number;
  /** Why the shown value moved by more than half a point since the last, if it did. */
  readonly cause: HealthCause | null;
  /** Readings in a row that were far off on the same side: positive above the level, negative below. */
  readonly surprises: number;
}

export interface HealthNoise {
  /** Standard deviations of the weekly changes of the level and of its slope, in points. */
  readonly levelPct: number;
  readonly slopePct: number;
}

/** Start values of methods 1.11. */
export const HEALTH_NOISE: HealthNoise = { levelPct: 0.15, slopePct: 0.01 };
export const SHOWN_STEP_MAX_PCT = 0.5;
/** Private cars lose 2 points a year, ride-hailing ones 6 (methods 1.12). */
const PRIOR_SLOPE_PCT = -0.06;
const PRIOR_SLOPE_SD_PCT = 0.05;
/** A surprise beyond this many standard deviations counts as this many. */
const CLIP_SDS = 3;
/** Readings in a row that far off on one side are no outliers: a repaired pack, a replaced module. */
const STEP_READINGS = 4;
/** How far a break may move the level. */
const BREAK_SD_PCT = 5;

/** The first value: shown as measured. */
export function startTrack({ sohPct, sdPct }: HealthReading): HealthTrack {
  const slope = { slopePctPerWeek: PRIOR_SLOPE_PCT, covariance: 0, slopeVariance: PRIOR_SLOPE_SD_PCT ** 2 };
  return {
    levelPct: sohPct,
    levelVariance: sdPct ** 2,
    ...slope,
    shownPct: sohPct,
    shownSdPct: sdPct,
    cause: "first_value",
    surprises: 0,
  };
}

/** The track `weeks` later (at least 1), with that week's reading if there is one. O(weeks). */
export function advanceTrack(
  track: HealthTrack,
  weeks: number,
  reading: HealthReading | null,
  { broken = null, noise = HEALTH_NOISE }: { readonly broken?: HealthBreak | null; readonly noise?: HealthNoise } = {},
): HealthTrack {
  const elapsed = Math.max(1, weeks);
  let predicted = track;
  for (let i = 0; i < elapsed; i += 1) predicted = predict(predicted, noise);
  const surprises = reading === null ? track.surprises : countSurprises(predicted, reading);
  const cause = broken ?? (Math.abs(surprises) >= STEP_READINGS ? "step_confirmed" : null);
  if (cause !== null) predicted = { ...predicted, levelVariance: predicted.levelVariance + BREAK_SD_PCT ** 2 };
  const updated = reading === null ? predicted : update(predicted, reading, cause !== null);
  return show(track, { ...updated, surprises: cause === null ? surprises : 0 }, elapsed, cause);
}

/** Counts on while readings lie outside on the same side; one inside ends it. */
function countSurprises({ levelPct, levelVariance, surprises }: HealthTrack, { sohPct, sdPct }: HealthReading): number {
  const surprise = sohPct - levelPct;
  if (Math.abs(surprise) <= CLIP_SDS * Math.sqrt(levelVariance + sdPct ** 2)) return 0;
  const side = Math.sign(surprise);
  return side === Math.sign(surprises) ? surprises + side : side;
}

function predict(track: HealthTrack, noise: HealthNoise): HealthTrack {
  return {
    ...track,
    levelPct: track.levelPct + track.slopePctPerWeek,
    levelVariance: track.levelVariance + 2 * track.covariance + track.slopeVariance + noise.levelPct ** 2,
    covariance: track.covariance + track.slopeVariance,
    slopeVariance: track.slopeVariance + noise.slopePct ** 2,
  };
}

function update(track: HealthTrack, { sohPct, sdPct }: HealthReading, isBroken: boolean): HealthTrack {
  const variance = track.levelVariance + sdPct ** 2;
  const limit = CLIP_SDS * Math.sqrt(variance);
  const surprise = Math.max(-limit, Math.min(limit, sohPct - track.levelPct));
  const gain = track.levelVariance / variance;
  // A break moves the level at once; it says nothing about how fast the pack ages.
  const slopeGain = isBroken ? 0 : track.covariance / variance;
  return {
    ...track,
    levelPct: track.levelPct + gain * surprise,
    slopePctPerWeek: track.slopePctPerWeek + slopeGain * surprise,
    levelVariance: (1 - gain) * track.levelVariance,
    covariance: isBroken ? 0 : (1 - gain) * track.covariance,
    slopeVariance: isBroken ? track.slopeVariance : track.slopeVariance - slopeGain * track.covariance,
  };
}

function show(before: HealthTrack, track: HealthTrack, weeks: number, step: HealthBreak | "step_confirmed" | null): HealthTrack {
  const wanted = track.levelPct - before.shownPct;
  const allowed = step === null ? SHOWN_STEP_MAX_PCT * weeks : Math.abs(wanted);
  const moved = Math.sign(wanted) * Math.min(Math.abs(wanted), allowed);
  return {
    ...track,
    shownPct: before.shownPct + moved,
    shownSdPct: Math.sqrt(track.levelVariance + (wanted - moved) ** 2),
    cause: Math.abs(moved) <= SHOWN_STEP_MAX_PCT ? null : (step ?? "weeks_without_data"),
  };
}
