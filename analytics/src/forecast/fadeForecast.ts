/**
 * Months until a vehicle's state of health crosses a limit, with an 80 % interval from a bank of past errors: every vehicle of the
 * model forecast from the others at several ages, errors kept by horizon (methods 1.13). The shape of fade is the one that did
 * best in that rehearsal. What lies beyond the longest horizon with known errors is widened with the root of the distance.
 */
import { mean } from "simple-statistics";
import { FADE_SHAPES, type FadeHistory, type FadePrior, fadeAt, fitFade, learnFadePrior, UNKNOWN_MODEL } from "./fade.ts";

export interface ErrorBand {
  /** Months up to and including this one. */
  readonly untilMonth: number;
  readonly low: number;
  readonly high: number;
  readonly errors: number;
}

export interface FadeFleet {
  readonly prior: FadePrior;
  /** 10 % and 90 % points of the error (truth minus forecast, points) by horizon, nearest first. */
  readonly bands: readonly ErrorBand[];
  /** Mean absolute error of the rehearsal, points. */
  readonly error: number;
}

export interface FadePath {
  readonly shape: string;
  readonly peers: number;
  readonly isProvisional: boolean;
  /** For 1, 2, ... months from now. */
  readonly months: readonly { readonly sohPct: number; readonly low80Pct: number; readonly high80Pct: number }[];
}

export interface Crossing {
  /** Months from now, rounded outward; null: not within the path. */
  readonly earliest: number | null;
  readonly central: number | null;
  readonly latest: number | null;
}

export const FORECAST_MONTHS = 120;
/** Fewer vehicles of a model cannot say how they differ. */
const MIN_VEHICLES = 10;
const REHEARSED_VEHICLES_MAX = 150;
const HORIZONS = [1, 2, 3, 6, 9, 12, 18, 24, 36];
const ORIGIN_POINTS = [6, 12, 18, 24, 30];
/** With fewer errors the interval is widened and marked (methods 1.13). */
const ENOUGH_ERRORS = 50;
const PROVISIONAL_FACTOR = 1.5;
/** Half-width of an 80 % interval in standard deviations of a normal distribution. */
const HALF_WIDTH_SDS = 1.2816;
/** Uncertainty of the present value where no bank says more, points. */
const UNKNOWN_LEVEL_SD_PCT = 1;

/** Null below ten vehicles with enough points. O(150 * shapes * origins * points). */
export function learnFadeFleet(histories: readonly FadeHistory[]): FadeFleet | null {
  const usable = histories.filter((history) => history.length >= 3);
  if (usable.length < MIN_VEHICLES) return null;
  const step = Math.ceil(usable.length / REHEARSED_VEHICLES_MAX);
  const rehearsed = usable.filter((_, i) => i % step === 0);
  const fleets = FADE_SHAPES.flatMap((shape) => {
    const prior = learnFadePrior(shape, usable);
    if (prior === null) return [];
    const misses = rehearsed.flatMap((history) => missesOf(withoutOne(prior, usable, history), history));
    return [{ prior, bands: bandsOf(misses), error: misses.length === 0 ? 0 : mean(misses.map(({ error }) => Math.abs(error))) }];
  });
  return fleets.sort((a, b) => a.error - b.error)[0] ?? null;
}

/** A vehicle's path over the next ten years; null without a point. `fleet` null: the general prior, wide and provisional. */
export function forecastFade(fleet: FadeFleet | null, history: FadeHistory): FadePath | null {
  const prior = fleet?.prior ?? UNKNOWN_MODEL;
  const fitted = fitFade(prior, history);
  const now = history.at(-1);
  if (fitted === null || now === undefined) return null;
  const bands = fleet?.bands ?? [];
  const months = Array.from({ length: FORECAST_MONTHS }, (_, i) => {
    const sohPct = fadeAt(fitted, now.month + i + 1);
    const [low, high] = bands.length === 0 ? unknownBand(prior, now.month, i + 1) : bandAt(bands, i + 1);
    return { sohPct, low80Pct: sohPct + low, high80Pct: sohPct + high };
  });
  const errors = bands.at(0)?.errors ?? 0;
  return { shape: prior.shape.name, peers: prior.vehicles, isProvisional: errors < ENOUGH_ERRORS, months };
}

/** First months in which the interval's lower end, the path and the upper end are at or below the limit. */
export function crossingOf({ months }: FadePath, limitPct: number): Crossing {
  const first = (value: (month: FadePath["months"][number]) => number): number | null => {
    const index = months.findIndex((month) => value(month) <= limitPct);
    return index < 0 ? null : index + 1;
  };
  return { earliest: first((m) => m.low80Pct), central: first((m) => m.sohPct), latest: first((m) => m.high80Pct) };
}

interface Miss {
  readonly horizon: number;
  readonly error: number;
}

/** The prior with one vehicle's own slope taken out of the mean: what it would have been told as a stranger. */
function withoutOne(prior: FadePrior, histories: readonly FadeHistory[], own: FadeHistory): FadePrior {
  const alone = fitFade({ ...prior, slopeVariance: Number.MAX_VALUE }, own);
  if (alone === null || histories.length < 2) return prior;
  return { ...prior, slope: (prior.slope * prior.vehicles - alone.slope) / (prior.vehicles - 1) };
}

function missesOf(prior: FadePrior, history: FadeHistory): Miss[] {
  return ORIGIN_POINTS.filter((origin) => origin < history.length).flatMap((origin) => {
    const known = history.slice(0, origin);
    const fitted = fitFade(prior, known);
    const now = known.at(-1)?.month ?? 0;
    if (fitted === null) return [];
    return history.slice(origin).map(({ month, sohPct }) => ({ horizon: month - now, error: sohPct - fadeAt(fitted, month) }));
  });
}

function bandsOf(misses: readonly Miss[]): ErrorBand[] {
  const bands: ErrorBand[] = [];
  for (const [i, untilMonth] of HORIZONS.entries()) {
    const from = HORIZONS[i - 1] ?? 0;
    const errors = misses.filter(({ horizon }) => horizon > from && horizon <= untilMonth + 0.5).map(({ error }) => error);
    if (errors.length < 5) continue;
    const previous = bands.at(-1);
    const [low, high] = conformal(errors);
    // An interval never narrows with distance, whatever few errors say.
    bands.push({ untilMonth, low: Math.min(low, previous?.low ?? 0), high: Math.max(high, previous?.high ?? 0), errors: errors.length });
  }
  return bands;
}

/** The ranks floor(0.1 (n + 1)) and ceil(0.9 (n + 1)) (methods 1.13), wider where there are few. */
function conformal(errors: readonly number[]): [number, number] {
  const sorted = [...errors].sort((a, b) => a - b);
  const n = sorted.length;
  const low = sorted[Math.max(0, Math.floor(0.1 * (n + 1)) - 1)] ?? 0;
  const high = sorted[Math.min(n - 1, Math.ceil(0.9 * (n + 1)) - 1)] ?? 0;
  const factor = n < ENOUGH_ERRORS ? PROVISIONAL_FACTOR : 1;
  return [factor * low, factor * high];
}

function bandAt(bands: readonly ErrorBand[], month: number): [number, number] {
  const band = bands.find(({ untilMonth }) => month <= untilMonth);
  if (band !== undefined) return [band.low, band.high];
  const last = bands.at(-1);
  if (last === undefined) return [0, 0];
  const widened = Math.sqrt(month / last.untilMonth);
  return [widened * last.low, widened * last.high];
}

function unknownBand({ slopeVariance, shape }: FadePrior, now: number, months: number): [number, number] {
  const half = HALF_WIDTH_SDS * Math.hypot(UNKNOWN_LEVEL_SD_PCT, Math.sqrt(slopeVariance) * (shape.at(now + months) - shape.at(now)));
  return [-half, half];
}
