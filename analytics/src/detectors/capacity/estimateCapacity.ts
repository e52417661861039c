import { mean, median } from "simple-statistics";
import type { ChargingSession } from "../../features/chargingSession.ts";
import type { DayFeatures } from "../../features/family.ts";
import { conditionFactor } from "../../soh/chargeConditions.ts";
import { type ChargeModel, isLfp } from "../../soh/chargeModel.ts";
import { ANCHOR_SD, mappedSwing } from "../../soh/socMap.ts";
import { tukeyInverseRegression } from "../../stats/tukeyInverseRegression.ts";
import { fuseOpinions, type Opinion } from "./opinions.ts";

/** A: at least three swings of 75 % or more; B: partial charges on the model's learnt map; C: unmapped partial charges (never good for a warranty statement). */
export type AccuracyClass = "A" | "B" | "C";

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
      /** What each method alone says; weights add up to 1, a weight of 0 is a second opinion only. */
      readonly opinions: readonly Opinion[];
      /** Middle of the charges' mean voltages; null where none was reported. */
      readonly meanV: number | null;
    }
  | { readonly kind: "not_enough_evidence"; readonly sessions: number; readonly reason: string };

/** What is known besides the charges themselves. */
export interface CapacityContext {
  /** What the model's vehicles taught; null: nothing yet. */
  readonly learnt?: ChargeModel | null;
  readonly chemistry?: string;
  /** The vehicle's days of feature family `rests`, oldest first. */
  readonly rests?: readonly DayFeatures[];
  readonly params?: CapacityParams;
}

interface Known {
  readonly learnt: ChargeModel | null;
  readonly params: CapacityParams;
  readonly rests: readonly DayFeatures[];
  /** Flat voltage: only a full charge tells where the display stands (methods 1.14). */
  readonly isFlat: boolean;
}

const DAY_MS = 86_400_000;
const WIDE_SWING_PCT = 75;
const FULL_PCT = 99;

/**
 * Present capacity in Ah from the sessions that ended in the window before `atMs`: robust inverse regression of the swing of
 * the state of charge on the charge counted between its ticks (methods 1.2, 1.3), with an 80 % interval. Sessions in any
 * order. Never guesses: too few sessions give 'not_enough_evidence' with the reason. With what the model's vehicles taught, swings are
 * read on the model's map, cold and fast charges are corrected, and the charge between two voltages and between two rests weigh in by
 * their variance.
 */
export function estimateCapacity(
  sessions: readonly ChargingSession[],
  atMs: number,
  { learnt = null, chemistry = "", rests = [], params = CAPACITY_PARAMS }: CapacityContext = {},
): CapacityEstimate {
  const oldestMs = atMs - params.windowDays * DAY_MS;
  const inWindow = rests.filter(({ day }) => Date.parse(day) > oldestMs && Date.parse(day) <= atMs);
  const known = { learnt, params, isFlat: isLfp(chemistry), rests: inWindow };
  const recent = sessions.filter((session) => session.endedMs <= atMs && session.endedMs > oldestMs).sort((a, b) => b.endedMs - a.endedMs);
  const strict = recent.filter((session) => isAccepted(session, params) && isAnchored(session, known)).slice(0, params.sessionsMax);
  if (isEnough(strict, params.swingSumMin, params.sessionsMin)) return estimate(strict, "full evidence", known);
  const relaxed = recent.filter((session) => isAccepted(session, relax(params))).slice(0, params.sessionsMax);
  if (isEnough(relaxed, params.relaxedSwingSumMin, params.relaxedSessionsMin)) {
    return estimate(relaxed, `relaxed: ${strict.length} sessions within all limits, ${relaxed.length} within wider ones`, known);
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

/** The display of LFP is right only where the charge ends full; elsewhere it drifts by 5 to 15 points (methods 1.14). */
function isAnchored({ tickFromPct, tickSocPct }: ChargingSession, { isFlat }: Known): boolean {
  return !isFlat || tickFromPct === undefined || tickFromPct + tickSocPct >= FULL_PCT;
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

function estimate(sessions: readonly ChargingSession[], reason: string, known: Known): CapacityEstimate {
  const { params } = known;
  const points = sessions.map((session) => pointOf(session, known));
  const fit = tukeyInverseRegression(points, params.scatterFloor);
  if (fit === null || fit.effectivePoints < params.relaxedSessionsMin / 2) {
    return { kind: "not_enough_evidence", sessions: sessions.length, reason: "the sessions contradict one another" };
  }
  const isStrict = reason === "full evidence";
  const isMapped = points.every(({ mapSd }) => mapSd !== null);
  const wide = sessions.filter((session) => session.tickSocPct >= WIDE_SWING_PCT).length;
  const accuracyClass = !isStrict ? "C" : wide >= 3 ? "A" : isMapped ? "B" : "C";
  const counted = {
    capacityAh: fit.slope,
    randomSd: fit.relativeError,
    systematicSd: systematicOf(points, accuracyClass, isStrict, params),
  };
  const fused = fuseOpinions(counted, sessions, known);
  const halfWidth = params.intervalZ * Math.hypot(fused.randomSd, fused.systematicSd) * fused.capacityAh;
  return {
    kind: "ok",
    ...fused,
    lowAh: fused.capacityAh - halfWidth,
    highAh: fused.capacityAh + halfWidth,
    isFull: isStrict,
    meanV: meanVoltage(sessions),
    sessions: sessions.length,
    accuracyClass,
    reason,
  };
}

function meanVoltage(sessions: readonly ChargingSession[]): number | null {
  const volts = sessions.flatMap(({ meanV }) => meanV ?? []);
  return volts.length === 0 ? null : median(volts);
}

interface Point {
  readonly x: number;
  readonly y: number;
  /** Of the learnt map over this swing; null: the display as it is. */
  readonly mapSd: number | null;
}

/** A charge's swing on the model's map, and its charge as it would be at 25 °C and slow charging. */
function pointOf({ tickSocPct, tickChargeAh, tickFromPct, tempMeanC, currentMeanA, isDc }: ChargingSession, { learnt }: Known): Point {
  const swing = tickSocPct / 100;
  const condition = { tempC: tempMeanC, currentA: currentMeanA ?? 0, isDc };
  const factor = learnt?.conditions == null ? 1 : conditionFactor(learnt.conditions, condition, tickChargeAh / swing);
  const y = factor * tickChargeAh;
  if (learnt?.socMap == null || tickFromPct === undefined) return { x: swing, y, mapSd: null };
  const mapped = mappedSwing(learnt.socMap, tickFromPct, tickFromPct + tickSocPct);
  return { x: mapped.share, y, mapSd: mapped.sd };
}

/** The doubt that more charges do not remove: the sensor's gain, and what the display means. */
function systematicOf(points: readonly Point[], accuracyClass: AccuracyClass, isStrict: boolean, { systematic }: CapacityParams): number {
  if (!isStrict) return systematic.relaxed;
  if (accuracyClass === "A") return systematic.wide;
  if (accuracyClass === "C") return systematic.partial;
  const ratio = mean(points.map(({ x, mapSd }) => (mapSd ?? 0) / Math.max(x, 0.1)));
  return Math.min(systematic.partial, Math.hypot(systematic.wide, ANCHOR_SD, ratio));
}
