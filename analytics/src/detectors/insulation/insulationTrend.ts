/**
 * Trend of the insulation resistance on a log scale over dry, uncensored days, and when it passes the limit (methods 2.5).
 * A wet day lies clearly below the days around it and recovers; a censored one reads the meter's end: it is at least that much.
 */
import { mean, median } from "simple-statistics";
import { type Day, daysBetween } from "../../engine/days.ts";
import { theilSen } from "../../stats/theilSen.ts";

export interface InsulationDay {
  readonly day: Day;
  readonly ohmPerV: number;
  /** The reading is the meter's end. */
  readonly isCensored: boolean;
}

export type Trend =
  | { readonly kind: "not_evaluated"; readonly reason: "no_insulation" | "too_few_usable_days" | "saturated" }
  | { readonly kind: "steady" }
  | {
      readonly kind: "falling";
      readonly presentOhmPerV: number;
      readonly presentLow: number;
      readonly presentHigh: number;
      readonly decadesPerMonth: number;
      /** The flat end of its 95 % interval, still negative. */
      readonly decadesPerMonthHigh: number;
      readonly daysToLimit: number;
      readonly earliestDays: number;
      readonly latestDays: number;
      /** By how much wet days lie below dry ones, decades; null without one. */
      readonly wetDecades: number | null;
      readonly censoredDays: number;
      readonly days: number;
    };

const DAYS_MIN = 14;
const SPAN_MIN_DAYS = 14;
/** A day this far below the median of its neighbours is wet (methods 2.5: 0.3; half of it catches drizzle). */
const WET_DECADES = 0.15;
const NEIGHBOURS = 10;
/** Rain spares some day of a fortnight, wear none: the best of the last one must lie below the best of the first. */
const FORTNIGHT_DAYS = 14;
/** Least fall that counts: decades per month, and in all. */
const SLOPE_MAX = -0.1;
const FALL_MIN = 0.2;
const MONTH_DAYS = 30;

/** @param days oldest first. O(days²). */
export function insulationTrend(days: readonly InsulationDay[], { limitOhmPerV }: { readonly limitOhmPerV: number }): Trend {
  if (days.length === 0) return { kind: "not_evaluated", reason: "no_insulation" };
  const open = days.filter(({ isCensored }) => !isCensored).map(({ day, ohmPerV }) => ({ day, decade: Math.log10(Math.max(1, ohmPerV)) }));
  if (open.length < days.length / 2 && days.slice(-7).some(({ isCensored }) => isCensored))
    return { kind: "not_evaluated", reason: "saturated" };
  const wet = open.filter((_, i) => isWet(open, i));
  const dry = open.filter((point) => !wet.includes(point));
  const [first, last] = [dry[0], dry.at(-1)];
  if (first === undefined || last === undefined || dry.length < DAYS_MIN || daysBetween(first.day, last.day) < SPAN_MIN_DAYS) {
    return { kind: "not_evaluated", reason: "too_few_usable_days" };
  }
  const line = theilSen(dry.map(({ day, decade }) => [daysBetween(last.day, day), decade]));
  if (line === null || line.slopeHigh >= 0 || line.slope * MONTH_DAYS > SLOPE_MAX) return { kind: "steady" };
  if (-line.slope * daysBetween(first.day, last.day) < FALL_MIN || !isBestFallen(days, -line.slope)) return { kind: "steady" };
  // The level now comes from the last week: a fall that speeds up is under its own line.
  const recent = dry.slice(-5).map(({ day, decade }) => decade + line.slope * daysBetween(day, last.day));
  const present = Math.min(median(recent), line.intercept + 2 * line.spread);
  const room = Math.max(0, present - Math.log10(limitOhmPerV));
  const error = (2 * line.spread) / Math.sqrt(recent.length);
  return {
    kind: "falling",
    presentOhmPerV: 10 ** present,
    presentLow: 10 ** (present - error),
    presentHigh: 10 ** (present + error),
    decadesPerMonth: line.slope * MONTH_DAYS,
    decadesPerMonthHigh: line.slopeHigh * MONTH_DAYS,
    daysToLimit: room / -line.slope,
    earliestDays: Math.max(0, room - error) / -line.slopeLow,
    latestDays: (room + error) / -line.slopeHigh,
    wetDecades:
      wet.length === 0 ? null : mean(wet.map(({ day, decade }) => line.intercept + line.slope * daysBetween(last.day, day) - decade)),
    censoredDays: days.length - open.length,
    days: dry.length,
  };
}

/**
 * Whether even the best days fell, by half of what the line says between the two fortnights (at most half the least fall that counts).
 * A censored day is at least as good as it reads.
 */
function isBestFallen(days: readonly InsulationDay[], fallPerDay: number): boolean {
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  const best = (some: typeof days) => Math.log10(Math.max(1, ...some.map(({ ohmPerV }) => ohmPerV)));
  const early = best(days.filter(({ day }) => daysBetween(first, day) < FORTNIGHT_DAYS));
  const late = best(days.filter(({ day }) => daysBetween(day, last) < FORTNIGHT_DAYS));
  const span = daysBetween(first, last) - FORTNIGHT_DAYS;
  return span >= FORTNIGHT_DAYS / 2 && early - late >= Math.min(FALL_MIN / 2, 0.5 * fallPerDay * span);
}

/** Far below its neighbours on both sides: rain that dries, not wear. The newest days have none after them and count as dry. */
function isWet(days: readonly { readonly decade: number }[], i: number): boolean {
  const before = days.slice(Math.max(0, i - NEIGHBOURS), i).map(({ decade }) => decade);
  const after = days.slice(i + 1, i + 1 + NEIGHBOURS).map(({ decade }) => decade);
  const own = days[i]?.decade ?? 0;
  return before.length > 0 && after.length > 0 && Math.min(Math.max(...before), Math.max(...after)) - own > WET_DECADES;
}
