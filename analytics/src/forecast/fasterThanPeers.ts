/**
 * Whether a vehicle declines faster than its peers: at least two of three tests that fail in different ways (methods 1.12). Surprise:
 * its values keep falling below what was forecast four weeks before. Bend: its last quarter falls clearly faster than the half
 * year before. Rank: its slope is far below the slopes of its model.
 */

import { type FadeHistory, fadeAt, fitFade } from "./fade.ts";
import type { FadeFleet } from "./fadeForecast.ts";

export interface FasterThanPeers {
  readonly surprise: boolean;
  readonly bend: boolean;
  readonly rank: boolean;
  /** At least two of the three. */
  readonly isFaster: boolean;
  /** Cumulative sum of the surprises in standard deviations, and the slope in spreads from the usual one. */
  readonly surpriseSum: number;
  readonly slopeSpreads: number;
  /** Share of peers whose slope is at least as steep, in %, taking the spread as normal. */
  readonly peerPercentile: number;
}

const CUSUM_SLACK = 0.5;
const CUSUM_LIMIT = 5;
const REVIEWED_POINTS = 12;
const LEAST_KNOWN_POINTS = 4;
const RECENT_MONTHS = 3.5;
const BEFORE_MONTHS = 9.5;
const BEND_RATIO = 1.2;
const BEND_SDS = 1.2816;
const RANK_SPREADS = -3;
/** 80 % of normal errors lie within this many standard deviations, both sides together. */
const BAND_SDS = 2.563;
const LEAST_SD_PCT = 0.15;

/** Null without a fleet or with fewer than five points. O(12 * points). */
export function fasterThanPeers(fleet: FadeFleet | null, history: FadeHistory): FasterThanPeers | null {
  const fitted = fleet === null ? null : fitFade(fleet.prior, history);
  if (fleet === null || fitted === null || history.length <= LEAST_KNOWN_POINTS) return null;
  const { usualSlope, slopeSpread } = fleet.prior;
  const surpriseSum = surpriseOf(fleet, history);
  const slopeSpreads = (fitted.slope - usualSlope) / slopeSpread;
  const tests = { surprise: surpriseSum > CUSUM_LIMIT, bend: isBent(history), rank: slopeSpreads <= RANK_SPREADS };
  const isFaster = Object.values(tests).filter(Boolean).length >= 2;
  return { ...tests, isFaster, surpriseSum, slopeSpreads, peerPercentile: 100 * lowerTail(slopeSpreads) };
}

function surpriseOf({ prior, bands }: FadeFleet, history: FadeHistory): number {
  const near = bands[0];
  const sd = Math.max(LEAST_SD_PCT, near === undefined ? 1 : (near.high - near.low) / BAND_SDS);
  let sum = 0;
  for (let i = Math.max(LEAST_KNOWN_POINTS, history.length - REVIEWED_POINTS); i < history.length; i += 1) {
    const fitted = fitFade(prior, history.slice(0, i));
    const point = history[i];
    if (fitted === null || point === undefined) continue;
    const below = (fadeAt(fitted, point.month) - point.sohPct) / sd;
    sum = Math.max(0, sum + below - CUSUM_SLACK);
  }
  return sum;
}

/** Whether the recent slope is below 1.2 times the one before by more than its error. */
function isBent(history: FadeHistory): boolean {
  const now = history.at(-1)?.month ?? 0;
  const recent = line(history.filter(({ month }) => month > now - RECENT_MONTHS));
  const before = line(history.filter(({ month }) => month > now - BEFORE_MONTHS - RECENT_MONTHS && month <= now - RECENT_MONTHS + 1));
  if (recent === null || before === null) return false;
  const usual = Math.min(0, before.slope);
  return recent.slope < BEND_RATIO * usual - BEND_SDS * Math.hypot(recent.sd, BEND_RATIO * before.sd);
}

/** Slope per month and its standard error; null below three points. */
function line(points: FadeHistory): { readonly slope: number; readonly sd: number } | null {
  const n = points.length;
  if (n < 3) return null;
  const xMean = points.reduce((sum, { month }) => sum + month, 0) / n;
  const yMean = points.reduce((sum, { sohPct }) => sum + sohPct, 0) / n;
  const xx = points.reduce((sum, { month }) => sum + (month - xMean) ** 2, 0);
  const slope = points.reduce((sum, { month, sohPct }) => sum + (month - xMean) * (sohPct - yMean), 0) / xx;
  const rest = points.reduce((sum, { month, sohPct }) => sum + (sohPct - yMean - slope * (month - xMean)) ** 2, 0);
  return { slope, sd: Math.max(LEAST_SD_PCT, Math.sqrt(rest / Math.max(1, n - 2))) / Math.sqrt(xx) };
}

/** Logistic approximation of the normal distribution function, within 0.01 (Bowling et al., 2009). */
function lowerTail(z: number): number {
  return 1 / (1 + Math.exp(-(0.07056 * z ** 3 + 1.5976 * z)));
}
