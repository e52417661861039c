import { findInflations, type Inflation, quietSince } from "./inflations.ts";
import { type TyreDay, WHEELS, type Wheel } from "./tyreDay.ts";

/** Limits of the leak test (methods 3.3); rates in kPa per day, counted as loss. */
export const LEAK_PARAMS = {
  /** Lengths of the straight-line fits, days. */
  windowsDays: [5, 10, 21, 42],
  longWindowsDays: [42, 70],
  daysMin: 5,
  /** Air passes through rubber at 0.11 to 0.16 kPa a day; below this nobody calls it a leak. */
  naturalKpaPerDay: 0.2,
  /** Standard errors a fast loss must be beyond natural loss, on two days running. */
  fastZ: 5.5,
  /** Least scatter of a day's value that a fit may claim, kPa. */
  noiseFloorKpa: 0.8,
  /** A slow loss: the tyre's own rate, and its rate against the others, which cannot come from the weather. */
  slowKpaPerDay: 0.28,
  slowRelativeKpaPerDay: 0.05,
  slowZ: 6,
  slowDaysMin: 15,
  /** Evenings in a row with the loss. A slow one has weeks, and what a few wheels changed about and a pump leave behind has passed by then. */
  fastEvenings: 2,
  slowEvenings: 5,
  /** A step need not fit better than a fast loss: up to so many times its squares it is the likelier story. */
  fastStepTimes: 1.25,
} as const;

/** A tyre that loses air faster than rubber lets through. */
export interface TyreLeak {
  readonly wheel: Wheel;
  /** "fast" shows against the other tyres within days; "slow" takes weeks and its own cold pressure as well. */
  readonly pace: "fast" | "slow";
  readonly lossKpaPerDay: number;
  /** Half-width of the 80 % interval of the loss. */
  readonly halfWidthKpaPerDay: number;
  /** Standard errors beyond natural loss. */
  readonly z: number;
  readonly sinceDayNumber: number;
  readonly days: number;
  /** Cold pressure at 25 °C now, kPa; null where the outside temperature is not known. */
  readonly coldKpa: number | null;
}

export interface TyreVerdict {
  /** Fastest first. */
  readonly leaks: readonly TyreLeak[];
  readonly inflations: readonly Inflation[];
}

/** What two steps have more to choose than a line: three levels and two days against a level and a rate; by Schwarz's criterion. */
const STEPS_EXTRA = 3;
/** 80 % of a normal distribution lies within this many standard deviations. */
const Z80 = 1.2816;

/**
 * Which tyres leak on the last of the given days: loss by rate, never by level, since the last inflation.
 * @param days sorted by time, oldest first; fewer than five since the last inflation give no leak
 */
export function detectLeaks(days: readonly TyreDay[]): TyreVerdict {
  const inflations = findInflations(days);
  const today = leaksOn(days, inflations);
  if (today.length === 0) return { leaks: [], inflations };
  const { fastEvenings, slowEvenings } = LEAK_PARAMS;
  const evenings = today.some(({ pace }) => pace === "slow") ? slowEvenings : fastEvenings;
  const before = Array.from({ length: evenings - 1 }, (_, i) => leaksOn(days.slice(0, -1 - i), inflations).map(({ wheel }) => wheel));
  const isLasting = ({ wheel, pace }: TyreLeak) =>
    before.slice(0, (pace === "slow" ? slowEvenings : fastEvenings) - 1).every((wheels) => wheels.includes(wheel));
  return { leaks: today.filter(isLasting).sort((a, b) => b.lossKpaPerDay - a.lossKpaPerDay), inflations };
}

function leaksOn(days: readonly TyreDay[], inflations: readonly Inflation[]): TyreLeak[] {
  const last = days.at(-1);
  if (last === undefined) return [];
  const since = quietSince(inflations, last.dayNumber);
  const own = days.filter((day) => day.dayNumber >= since);
  return WHEELS.flatMap((wheel, w) => {
    const leak = fastLeak(own, w) ?? slowLeak(own, w);
    return leak === null ? [] : [{ ...leak, wheel, coldKpa: lastCold(own, w) }];
  });
}

type Found = Omit<TyreLeak, "wheel" | "coldKpa">;

/** Against the other tyres, in any window; the window in which it is surest speaks. */
function fastLeak(days: readonly TyreDay[], w: number): Found | null {
  const { windowsDays, daysMin, naturalKpaPerDay, fastZ, fastStepTimes } = LEAK_PARAMS;
  const found = windowsDays.flatMap((window): Found[] => {
    const recent = within(days, window);
    const fit = fitLoss(recent, relativeOf(w));
    if (fit === null || fit.days < daysMin) return [];
    const z = (fit.loss - naturalKpaPerDay) / fit.se;
    if (z <= fastZ) return [];
    const values = valuesOf(recent, relativeOf(w));
    return isStep(values, fastStepTimes * fit.residual) || areSteps(values, fit.residual) ? [] : [leakOf(fit, z, "fast")];
  });
  return found.reduce<Found | null>((best, one) => (best === null || one.z > best.z ? one : best), null);
}

/** Its own cold pressure falls faster than natural, and against the others beyond doubt. */
function slowLeak(days: readonly TyreDay[], w: number): Found | null {
  const { longWindowsDays, slowDaysMin, slowKpaPerDay, slowRelativeKpaPerDay, slowZ, naturalKpaPerDay } = LEAK_PARAMS;
  for (const window of longWindowsDays) {
    const recent = within(days, window);
    const own = fitLoss(recent, coldOf(w));
    const relative = fitLoss(recent, relativeOf(w));
    if (own === null || relative === null || own.days < slowDaysMin) continue;
    const z = Math.min(relative.loss / relative.se, (own.loss - naturalKpaPerDay) / own.se + slowZ / 2);
    if (own.loss < slowKpaPerDay || relative.loss < slowRelativeKpaPerDay || z < slowZ) continue;
    if (isStep(valuesOf(recent, coldOf(w)), own.residual) || isStep(valuesOf(recent, relativeOf(w)), relative.residual)) continue;
    return leakOf(own, z, "slow");
  }
  return null;
}

/**
 * Whether one step may explain the values as well as a steady loss: all four pumped up a little unevenly, wheels changed about, home
 * from the mountains; `residual` is the sum of squares it must stay below. O(values).
 */
function isStep(values: readonly number[], residual: number): boolean {
  const total = values.reduce((sum, kpa) => sum + kpa, 0);
  const squares = values.reduce((sum, kpa) => sum + kpa * kpa, 0);
  let before = 0;
  let least = Number.POSITIVE_INFINITY;
  values.slice(0, -1).forEach((kpa, i) => {
    before += kpa;
    const n = i + 1;
    least = Math.min(least, squares - before ** 2 / n - (total - before) ** 2 / (values.length - n));
  });
  return least < residual;
}

/** Whether two steps (wheels changed about and one pumped up after) explain the values better than a steady loss. O(values^2). */
function areSteps(values: readonly number[], residual: number): boolean {
  const n = values.length;
  const sums = [0];
  const squares = [0];
  values.forEach((kpa, i) => {
    sums.push((sums[i] ?? 0) + kpa);
    squares.push((squares[i] ?? 0) + kpa * kpa);
  });
  const around = (from: number, to: number): number =>
    (squares[to] ?? 0) - (squares[from] ?? 0) - ((sums[to] ?? 0) - (sums[from] ?? 0)) ** 2 / (to - from);
  let least = Number.POSITIVE_INFINITY;
  for (let a = 1; a < n - 1; a += 1) {
    for (let b = a + 1; b < n; b += 1) least = Math.min(least, around(0, a) + around(a, b) + around(b, n));
  }
  return least * n ** (STEPS_EXTRA / n) < residual;
}

function leakOf({ loss, se, days, firstDayNumber }: Fit, z: number, pace: TyreLeak["pace"]): Found {
  return { pace, lossKpaPerDay: loss, halfWidthKpaPerDay: Z80 * se, z, sinceDayNumber: firstDayNumber, days };
}

type Pick = (day: TyreDay) => number | undefined;

function relativeOf(w: number): Pick {
  return (day) => day.relativeKpa[w];
}

function coldOf(w: number): Pick {
  return (day) => day.coldKpa?.[w];
}

function valuesOf(days: readonly TyreDay[], pick: Pick): number[] {
  return days.flatMap((day) => pick(day) ?? []);
}

function within(days: readonly TyreDay[], window: number): readonly TyreDay[] {
  const last = days.at(-1)?.dayNumber ?? 0;
  return days.filter((day) => day.dayNumber > last - window);
}

function lastCold(days: readonly TyreDay[], w: number): number | null {
  return days.findLast((day) => day.coldKpa !== null)?.coldKpa?.[w] ?? null;
}

interface Fit {
  /** kPa lost per day. */
  readonly loss: number;
  readonly se: number;
  readonly days: number;
  readonly firstDayNumber: number;
  /** Sum of squares around the line. */
  readonly residual: number;
}

/** Least squares over the days that have a value; null below three, or when all are of one day. */
function fitLoss(days: readonly TyreDay[], pick: Pick): Fit | null {
  const points = days.flatMap((day) => {
    const kpa = pick(day);
    return kpa === undefined ? [] : [[day.dayNumber, kpa] as const];
  });
  const [first] = points;
  if (first === undefined || points.length < 3) return null;
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n;
  const sxx = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (sxx === 0) return null;
  const slope = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / sxx;
  const residual = points.reduce((sum, [x, y]) => sum + (y - meanY - slope * (x - meanX)) ** 2, 0);
  const noise = Math.max(Math.sqrt(residual / (n - 2)), LEAK_PARAMS.noiseFloorKpa);
  return { loss: -slope, se: noise / Math.sqrt(sxx), days: n, firstDayNumber: first[0], residual };
}
