/**
 * Whether a trouble code or a kind of finding begins more often than it used to, per model and region, and what that asks for in
 * parts. Each series is judged against its own past (methods 5.4): a rate learnt from weeks that lie at least eight back, shrunk
 * to the family's rate elsewhere, times this week's exposure; a CUSUM tuned for +10 % decides.
 */
import { chiSquareQuantile } from "../stats/chiSquareQuantile.ts";
import { partsDemand, type Stock } from "./partsDemand.ts";
import { type CusumWeek, poissonCusum, USUAL_WATCH, type WeekCount } from "./poissonCusum.ts";

export interface RateWeek {
  /** Its Monday, YYYY-MM-DD. */
  readonly week: string;
  readonly events: number;
  /** Vehicles that reported in the week. */
  readonly vehicleWeeks: number;
}

/** One family in one place; `weeks` has every week from the first on, sorted. */
export interface RateSeries {
  readonly kind: "finding" | "code";
  readonly family: string;
  readonly model: string;
  /** '' for all regions together. */
  readonly region: string;
  readonly weeks: readonly RateWeek[];
}

export interface RateState {
  readonly expected: number;
  readonly state: "usual" | "raised" | "not_evaluated";
  readonly rise: {
    readonly since: string;
    readonly alarmWeek: string;
    readonly ratio: number;
    readonly low: number;
    readonly high: number;
  } | null;
  /** Parts over the lead time, should each event need one with the given share. */
  readonly stock: Stock | null;
}

export interface RateWatchSettings {
  /** Supplier's lead time. */
  readonly leadWeeks: number;
  /** Share of events that turn out to need the part, 0..1. */
  readonly partShare: number;
}

const BASE_LAG_WEEKS = 8;
const BASE_WEEKS = 104;
const BASE_WEEKS_MIN = 13;
/** A week is judged once at least this many events are expected in it: below, one event more is no news. */
const EXPECTED_MIN = 0.5;
/** The family's rate elsewhere weighs as much as this many own events. */
const PRIOR_EVENTS = 4;
/**
 * The limit is set for a false alarm in 15 years: the expectation is itself estimated, which costs a third of that. Measured over
 * 200 series of 100 events a week: 0.9 false alarms in ten years, +10 % found after 8 weeks in the median, 10 on average.
 */
export const FALSE_ALARM_EVERY_WEEKS = 780;
/** An alarm is in force this long after its week. */
const ALARM_WEEKS = 8;
const DISPERSION_MAX = 4;
/** Dispersions are rounded up to this, so that series share their limits. */
const DISPERSION_STEP = 0.5;

/** The state at the end of the series' last week. `elsewhere` is the family's rate per vehicle-week over all series. */
export function watchRate(series: RateSeries, elsewhere: number, { leadWeeks, partShare }: RateWatchSettings): RateState {
  const counts = weekCounts(series.weeks, elsewhere);
  const judged = counts.filter(({ expected }) => expected > 0);
  const expected = counts.at(-1)?.expected ?? 0;
  if (judged.length === 0) return { expected, state: "not_evaluated", rise: null, stock: null };
  const weeks = poissonCusum(counts, { ...USUAL_WATCH, falseAlarmEveryWeeks: FALSE_ALARM_EVERY_WEEKS, dispersion: dispersionOf(judged) });
  const alarm = weeks.findLastIndex(({ isAlarm }) => isAlarm);
  if (alarm < 0 || weeks.length - 1 - alarm > ALARM_WEEKS) return { expected, state: "usual", rise: null, stock: null };
  const rise = riseOf(series, counts, weeks, alarm);
  return { expected, state: "raised", rise, stock: stockOf(series, elsewhere, leadWeeks, partShare, rise.since) };
}

/** Each week's events beside what was to be expected of it. */
export function weekCounts(weeks: readonly RateWeek[], elsewhere: number): readonly WeekCount[] {
  return weeks.map((week, i) => ({ observed: week.events, expected: expectedAt(weeks, i, elsewhere) }));
}

/** Events expected in week `i` from its base weeks; 0 where too little is known to expect anything. */
function expectedAt(weeks: readonly RateWeek[], i: number, elsewhere: number): number {
  const base = weeks.slice(Math.max(0, i - BASE_LAG_WEEKS - BASE_WEEKS), Math.max(0, i - BASE_LAG_WEEKS));
  if (base.length < BASE_WEEKS_MIN) return 0;
  const events = base.reduce((sum, week) => sum + week.events, 0);
  const exposure = base.reduce((sum, week) => sum + week.vehicleWeeks, 0);
  const prior = elsewhere > 0 ? { events: PRIOR_EVENTS, exposure: PRIOR_EVENTS / elsewhere } : { events: 0, exposure: 0 };
  const total = exposure + prior.exposure;
  const expected = total > 0 ? ((events + prior.events) / total) * (weeks[i]?.vehicleWeeks ?? 0) : 0;
  return expected >= EXPECTED_MIN ? expected : 0;
}

/** Pearson's variance over mean, between Poisson and twice the usual spread of service data; from all weeks but the youngest. */
function dispersionOf(judged: readonly WeekCount[]): number {
  const settled = judged.slice(0, Math.max(BASE_WEEKS_MIN, judged.length - BASE_LAG_WEEKS));
  if (settled.length < BASE_WEEKS_MIN) return 1;
  const sum = settled.reduce((all, { observed, expected }) => all + (observed - expected) ** 2 / expected, 0);
  const rough = sum / (settled.length - 1);
  // Within what chance does to a Poisson series of this length (two standard errors), it counts as Poisson.
  if (rough <= 1 + 2 * Math.sqrt(2 / (settled.length - 1))) return 1;
  return Math.min(DISPERSION_MAX, Math.ceil(rough / DISPERSION_STEP) * DISPERSION_STEP);
}

function riseOf(series: RateSeries, counts: readonly WeekCount[], weeks: readonly CusumWeek[], alarm: number) {
  let start = alarm;
  while (start > 0 && (weeks[start - 1]?.sum ?? 0) > 0 && weeks[start - 1]?.isAlarm !== true) start -= 1;
  const since = counts.slice(start);
  const observed = since.reduce((sum, week) => sum + week.observed, 0);
  const expected = since.reduce((sum, week) => sum + week.expected, 0);
  return {
    since: series.weeks[start]?.week ?? "",
    alarmWeek: series.weeks[alarm]?.week ?? "",
    ratio: observed / expected,
    // Exact Poisson limits (Garwood 1936).
    low: observed === 0 ? 0 : chiSquareQuantile(0.1, 2 * observed) / 2 / expected,
    high: chiSquareQuantile(0.9, 2 * observed + 2) / 2 / expected,
  };
}

/** Demand over the lead time at the raised rate. */
function stockOf({ weeks }: RateSeries, elsewhere: number, leadWeeks: number, partShare: number, since: string): Stock {
  const raised = weeks.filter(({ week }) => week >= since);
  return partsDemand({
    events: raised.reduce((sum, week) => sum + week.events, 0),
    exposure: raised.reduce((sum, week) => sum + week.vehicleWeeks, 0),
    prior: { rate: elsewhere, weight: 1 },
    aheadExposure: leadWeeks * (weeks.at(-1)?.vehicleWeeks ?? 0),
    partShare,
  });
}
