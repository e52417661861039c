import type { ChargingSession } from "../../features/chargingSession.ts";
import { tukeyInverseRegression } from "../../stats/tukeyInverseRegression.ts";

/** A: at least three swings of 75 % or more; C: unmapped partial charges (never good for a warranty statement). */
export type AccuracyClass = "A" | "C";

export interface CapacityParams {
  readonly windowDays: number;
  readonly sessionsMax: number;
  /** Sum of the state-of-charge swings, in full charges, and number of sessions. */
  readonly swingSumMin: number;
  readonly sessionsMin: number;
  /** With less than that, but at least this, an estimate is given with class C and a wider interval. */
  readonly relaxedSwingSumMin: number;
  readonly relaxedSessionsMin: number;
  readonly swingMinAcPct: number;
  readonly swingMinDcPct: number;
  readonly tempC: readonly [min: number, max: number];
  readonly gapMaxS: number;
  readonly samplesMin: number;
  /** Two-sided probability of the interval is 80 %: this many standard deviations to each side. */
  readonly intervalZ: number;
  /** Standard deviations that do not average out (sensor gain, shape of the SOC curve), relative, by evidence. */
  readonly systematic: { readonly wide: number; readonly partial: number; readonly relaxed: number };
  /** Least error of one state-of-charge difference, as a share. */
  readonly scatterFloor: number;
}

/**
 * Defaults of methods 1.2 and 1.3. The systematic part follows the public charge tests (methods 1.4): mean error 1.9 % for
 * swings of 75 % and more, 4 to 8 % for narrow ones.
 */
export const CAPACITY_PARAMS: CapacityParams = {
  windowDays: 60,
  sessionsMax: 30,
  swingSumMin: 3,
  sessionsMin: 6,
  relaxedSwingSumMin: 1,
  relaxedSessionsMin: 3,
  swingMinAcPct: 30,
  swingMinDcPct: 40,
  tempC: [15, 40],
  gapMaxS: 120,
  samplesMin: 100,
  intervalZ: 1.2816,
  systematic: { wide: 0.01, partial: 0.025, relaxed: 0.04 },
  scatterFloor: 0.005,
};

export type CapacityEstimate =
  | {
      readonly kind: "ok";
      readonly capacityAh: number;
      readonly lowAh: number;
      readonly highAh: number;
      /** Relative standard deviations: what more charges average out, and what they do not. */
      readonly randomSd: number;
      readonly systematicSd: number;
      /** Within all limits on swing, temperature and density of reports. */
      readonly isFull: boolean;
      readonly sessions: number;
      readonly accuracyClass: AccuracyClass;
      /** "full evidence", or what was relaxed. */
      readonly reason: string;
    }
  | { readonly kind: "not_enough_evidence"; readonly sessions: number; readonly reason: string };

const DAY_MS = 86_400_000;
const WIDE_SWING_PCT = 75;

/**
 * Present capacity in Ah from the sessions that ended in the window before `atMs`: robust inverse regression of the swing of
 * the state of charge on the charge counted between its ticks (methods 1.2, 1.3), with an 80 % interval. Sessions in any
 * order. Never guesses: too few sessions give 'not_enough_evidence' with the reason.
 */
export function estimateCapacity(
  sessions: readonly ChargingSession[],
  atMs: number,
  params: CapacityParams = CAPACITY_PARAMS,
): CapacityEstimate {
  const recent = sessions
    .filter((session) => session.endedMs <= atMs && session.endedMs > atMs - params.windowDays * DAY_MS)
    .sort((a, b) => b.endedMs - a.endedMs);
  const strict = recent.filter((session) => isAccepted(session, params)).slice(0, params.sessionsMax);
  if (isEnough(strict, params.swingSumMin, params.sessionsMin)) return estimate(strict, "full evidence", params);
  const relaxed = recent.filter((session) => isAccepted(session, relax(params))).slice(0, params.sessionsMax);
  if (isEnough(relaxed, params.relaxedSwingSumMin, params.relaxedSessionsMin)) {
    return estimate(relaxed, `relaxed: ${strict.length} sessions within all limits, ${relaxed.length} within wider ones`, params);
  }
  const reason = `${recent.length} charges in ${params.windowDays} days, ${relaxed.length} usable, together ${swingSum(relaxed).toFixed(1)} full charges; at least ${params.relaxedSessionsMin} and ${params.relaxedSwingSumMin} are needed`;
  return { kind: "not_enough_evidence", sessions: relaxed.length, reason };
}

function isAccepted(session: ChargingSession, params: CapacityParams): boolean {
  const swingMinPct = session.isDc ? params.swingMinDcPct : params.swingMinAcPct;
  const isTempered = session.tempMeanC === null || (session.tempMeanC >= params.tempC[0] && session.tempMeanC <= params.tempC[1]);
  const isDense = session.maxGapS <= params.gapMaxS && session.samples >= params.samplesMin;
  return session.tickSocPct >= swingMinPct && session.tickChargeAh > 0 && isTempered && isDense;
}

/** Wider limits for cars that seldom charge far, charge in the cold, or report seldom. */
function relax(params: CapacityParams): CapacityParams {
  return { ...params, swingMinAcPct: 20, swingMinDcPct: 30, tempC: [0, 45], gapMaxS: 300, samplesMin: 30 };
}

function isEnough(sessions: readonly ChargingSession[], swingSumMin: number, sessionsMin: number): boolean {
  return sessions.length >= sessionsMin && swingSum(sessions) >= swingSumMin;
}

function swingSum(sessions: readonly ChargingSession[]): number {
  return sessions.reduce((sum, session) => sum + session.tickSocPct / 100, 0);
}

function estimate(sessions: readonly ChargingSession[], reason: string, params: CapacityParams): CapacityEstimate {
  const points = sessions.map((session) => ({ x: session.tickSocPct / 100, y: session.tickChargeAh }));
  const fit = tukeyInverseRegression(points, params.scatterFloor);
  if (fit === null || fit.effectivePoints < params.relaxedSessionsMin / 2) {
    return { kind: "not_enough_evidence", sessions: sessions.length, reason: "the sessions contradict one another" };
  }
  const isStrict = reason === "full evidence";
  const wide = sessions.filter((session) => session.tickSocPct >= WIDE_SWING_PCT).length;
  const accuracyClass = isStrict && wide >= 3 ? "A" : "C";
  const systematic = !isStrict ? params.systematic.relaxed : accuracyClass === "A" ? params.systematic.wide : params.systematic.partial;
  const halfWidth = params.intervalZ * Math.hypot(fit.relativeError, systematic) * fit.slope;
  return {
    kind: "ok",
    capacityAh: fit.slope,
    lowAh: fit.slope - halfWidth,
    highAh: fit.slope + halfWidth,
    randomSd: fit.relativeError,
    systematicSd: systematic,
    isFull: isStrict,
    sessions: sessions.length,
    accuracyClass,
    reason,
  };
}
