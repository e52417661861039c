/**
 * Watches a weekly count against its expectation for a lasting rise: the likelihood-ratio CUSUM for counts (Lucas,
 * Technometrics 27 (1985) 129-144), with the limit set so that a quiet series alarms once in a stated time. The expectation
 * may change from week to week with exposure; `dispersion` is variance / mean of the count (1.5 to 3 in service data).
 */
import { countProbability } from "../stats/countDistribution.ts";
import { eliminate } from "../stats/eliminate.ts";

export interface RiseWatch {
  /** The rise it is tuned for, as a factor: 1.1 is +10 %. */
  readonly rise: number;
  /** Weeks between false alarms on average. */
  readonly falseAlarmEveryWeeks: number;
  readonly dispersion: number;
}

/** Once in ten years per series, tuned for +10 %. */
export const USUAL_WATCH: RiseWatch = { rise: 1.1, falseAlarmEveryWeeks: 520, dispersion: 1 };

export interface WeekCount {
  readonly observed: number;
  readonly expected: number;
}

export interface CusumWeek {
  readonly sum: number;
  readonly limit: number;
  readonly isAlarm: boolean;
}

/** Expectations within 5 % share a limit. */
const EXPECTATION_STEP = 1.05;
/** States of the Markov chain: the run length changes by under 1 % from 60 to 120. */
const STATES = 80;

/** The sum after each week, from 0. It starts again after an alarm, so each alarm is a new one. Weeks without expectation add nothing. */
export function poissonCusum(weeks: readonly WeekCount[], watch: RiseWatch = USUAL_WATCH): readonly CusumWeek[] {
  let sum = 0;
  return weeks.map(({ observed, expected }) => {
    if (expected <= 0) return { sum, limit: Number.POSITIVE_INFINITY, isAlarm: false };
    const limit = rememberedLimit(expected, watch);
    const reached = Math.max(0, sum + gain(observed, expected, watch));
    const isAlarm = reached >= limit;
    sum = isAlarm ? 0 : reached;
    return { sum: reached, limit, isAlarm };
  });
}

/** Limits cost 10 ms each and depend on nothing but the key: a few hundred serve a whole fleet. */
const limits = new Map<string, number>();

function rememberedLimit(expected: number, watch: RiseWatch): number {
  const step = Math.round(Math.log(expected) / Math.log(EXPECTATION_STEP));
  const key = `${step}/${watch.rise}/${watch.dispersion}/${watch.falseAlarmEveryWeeks}`;
  const limit = limits.get(key) ?? limitFor(EXPECTATION_STEP ** step, watch);
  limits.set(key, limit);
  return limit;
}

/** Log likelihood ratio of a raised against the usual rate, for one week. */
function gain(observed: number, expected: number, { rise, dispersion }: RiseWatch): number {
  return (observed * Math.log(rise) - expected * (rise - 1)) / dispersion;
}

/** The limit at which a series with this weekly expectation and no rise alarms every `falseAlarmEveryWeeks` on average. */
export function limitFor(expected: number, watch: RiseWatch): number {
  let low = 0;
  let high = 1;
  while (meanRunLength(expected, 1, high, watch) < watch.falseAlarmEveryWeeks) high *= 2;
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (meanRunLength(expected, 1, middle, watch) < watch.falseAlarmEveryWeeks) low = middle;
    else high = middle;
  }
  return high;
}

/** Weeks until an alarm on average when the true rate is `factor` times the expected one, by a Markov chain over the sum (Brook & Evans, Biometrika 59 (1972) 539-549). */
export function meanRunLength(expected: number, factor: number, limit: number, watch: RiseWatch): number {
  const width = limit / STATES;
  const mean = expected * factor;
  const reach = Math.ceil(mean + 10 * Math.sqrt(mean * watch.dispersion) + 20 * watch.dispersion);
  const chances = Array.from({ length: reach + 1 }, (_, count) => countProbability(count, mean, watch.dispersion));
  const rows = Array.from({ length: STATES }, (_, from) => {
    const row = new Float64Array(STATES + 1);
    row[from] = 1;
    row[STATES] = 1;
    // The first state is the sum at 0, where a quiet series rests; the others are the middles of their bins.
    const start = from === 0 ? 0 : (from + 0.5) * width;
    chances.forEach((chance, count) => {
      const sum = start + gain(count, expected, watch);
      const to = sum <= 0 ? 0 : Math.floor(sum / width);
      if (to < STATES) row[to] = (row[to] ?? 0) - chance;
    });
    return row;
  });
  return eliminate(rows)[0] ?? 0;
}
