/**
 * A vehicle's fade against its age, shrunk to its model's: level + slope * shape(age), where a young vehicle's slope is mostly
 * the fleet's and an old one's its own (empirical Bayes, methods 1.12). SOH in points, age in months since the first value.
 */
import { mean, median, sampleVariance } from "simple-statistics";
import { robustSpread } from "../stats/robustSpread.ts";

export interface FadePoint {
  readonly month: number;
  readonly sohPct: number;
}

/** Points in order of time. */
export type FadeHistory = readonly FadePoint[];

export interface FadeShape {
  readonly name: string;
  at(month: number): number;
}

/** Calendar ageing goes with the square root of time, use nearly with time itself; a model's own is chosen by back-test. */
export const FADE_SHAPES: readonly FadeShape[] = [
  { name: "square root", at: (month) => Math.sqrt(month + 1) },
  { name: "t^0.7", at: (month) => (month + 1) ** 0.7 },
  { name: "straight", at: (month) => month + 1 },
];

/** What the vehicles of a model say of one more. */
export interface FadePrior {
  readonly shape: FadeShape;
  /** Vehicles it was learnt from. */
  readonly vehicles: number;
  readonly slope: number;
  /** Variance of the true slopes between vehicles. */
  readonly slopeVariance: number;
  /** Median and spread of the vehicles' own shrunk slopes, for comparison. */
  readonly usualSlope: number;
  readonly slopeSpread: number;
}

export interface FittedFade {
  readonly level: number;
  readonly slope: number;
  readonly shape: FadeShape;
}

const MIN_POINTS = 3;
const LEVEL_POINTS = 6;
/** Neighbouring values share half of their error (methods 1.5: 0.4 to 0.6), so the residuals' variance counts threefold. */
const AUTOCORRELATION = 3;
/** The least share of the slopes' variance that is taken for real. */
const LEAST_SHARE = 0.02;
const SLOPE_SPREAD_FLOOR = 0.02;
/** A slope from a handful of points may look exact by luck, points of SOH. */
const RESIDUAL_FLOOR_PCT = 0.2;

/** Of a model with too few vehicles: 2 points a year +- 1 over the first three (methods 1.12, private cars). */
export const UNKNOWN_MODEL: FadePrior = {
  shape: { name: "prior", at: (month) => Math.sqrt(month + 1) },
  vehicles: 0,
  slope: -1.18,
  slopeVariance: 0.6 ** 2,
  usualSlope: -1.18,
  slopeSpread: 0.6,
};

interface OwnSlope {
  readonly slope: number;
  readonly variance: number;
}

/** The prior from vehicles' histories; null below two with three points. O(points). */
export function learnFadePrior(shape: FadeShape, histories: readonly FadeHistory[]): FadePrior | null {
  const own = histories.flatMap((history) => ownSlope(shape, history) ?? []);
  if (own.length < 2) return null;
  const slopes = own.map(({ slope }) => slope);
  const spread = sampleVariance(slopes);
  const slopeVariance = Math.max(spread - mean(own.map(({ variance }) => variance)), LEAST_SHARE * spread, 1e-9);
  const prior = { shape, vehicles: own.length, slope: mean(slopes), slopeVariance, usualSlope: 0, slopeSpread: 0 };
  const shrunk = own.map((one) => shrink(one, prior));
  return { ...prior, usualSlope: median(shrunk), slopeSpread: robustSpread(shrunk, SLOPE_SPREAD_FLOOR) };
}

/** Level and shrunk slope of one vehicle; null without a point. O(points). */
export function fitFade(prior: FadePrior, history: FadeHistory): FittedFade | null {
  if (history.length === 0) return null;
  const own = ownSlope(prior.shape, history);
  const slope = own === null ? prior.slope : shrink(own, prior);
  const level = median(history.slice(-LEVEL_POINTS).map(({ month, sohPct }) => sohPct - slope * prior.shape.at(month)));
  return { level, slope, shape: prior.shape };
}

export function fadeAt({ level, slope, shape }: FittedFade, month: number): number {
  return level + slope * shape.at(month);
}

function shrink({ slope, variance }: OwnSlope, { slope: usual, slopeVariance }: FadePrior): number {
  const weight = slopeVariance / (slopeVariance + variance);
  return weight * slope + (1 - weight) * usual;
}

function ownSlope(shape: FadeShape, history: FadeHistory): OwnSlope | null {
  if (history.length < MIN_POINTS) return null;
  const xs = history.map(({ month }) => shape.at(month));
  const [xMean, yMean] = [mean(xs), mean(history.map(({ sohPct }) => sohPct))];
  const [first, ...rest] = history.reduce(
    ([xx = 0, xy = 0, yy = 0], { sohPct }, i) => {
      const [x, y] = [(xs[i] ?? 0) - xMean, sohPct - yMean];
      return [xx + x * x, xy + x * y, yy + y * y];
    },
    [0, 0, 0],
  );
  const [xy = 0, yy = 0] = rest;
  if (first === undefined || first < 1e-9) return null;
  const residual = Math.max(RESIDUAL_FLOOR_PCT ** 2, (yy - (xy * xy) / first) / Math.max(1, history.length - 2));
  return { slope: xy / first, variance: (AUTOCORRELATION * residual) / first };
}
