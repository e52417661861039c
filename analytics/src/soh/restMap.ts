/**
 * The share of a full charge that a model's rested voltage stands for, and the capacity from the charge counted between two rests
 * (methods 1.6): what a car's own display believes does not enter. Learnt from many vehicles' wake-ups against the model's map of the
 * display, so that one car's display that drifted does not count. Only where the voltage rises enough with the charge; never for LFP,
 * whose voltage says nothing over most of it (methods 1.14).
 */
import { median } from "simple-statistics";
import type { DayFeatures } from "../features/family.ts";
import { isotonic } from "../stats/isotonic.ts";
import { robustSpread } from "../stats/robustSpread.ts";
import { tukeyInverseRegression } from "../stats/tukeyInverseRegression.ts";
import { AS_DISPLAYED, byVehicle, interpolate, LEARN_VEHICLES_MIN, type ShareOf } from "./chargeCurve.ts";
import { type RestDay, restDays } from "./restDays.ts";

/** A pack at rest, as one wake-up showed it. */
export interface Wake {
  readonly vin: string;
  readonly packV: number;
  readonly socPct: number;
}

export interface RestMap {
  /** Rising. */
  readonly packV: readonly number[];
  readonly shares: readonly number[];
  /** Standard deviation of a vehicle's shares from the map, of a full charge. */
  readonly sd: number;
  readonly vehicles: number;
}

const WAKES_MIN = 200;
const BINS = 40;
const SD_FLOOR = 0.004;
/** Relative rise of the voltage over a full charge, where it is used: 0.1 is 3.7 mV a percent and cell (methods 1.6 asks for 4). */
const SLOPE_MIN = 0.1;
/** Less is all noise of the two voltages. */
const SHARE_MIN = 0.3;
const PAIRS_MIN = 3;
/** Longer spans gather what the current sensor's offset adds up to. */
const SPAN_DAYS = 14;
/** Driving is seen in instants only (3.5 % a trip where a BMW i3's record is picked every 5 s): of much driving the sum says little. */
const DRIVEN_SHARE_MAX = 2;
const SCATTER_FLOOR = 0.005;
const DAY_MS = 86_400_000;

/** Null below 200 wake-ups of 15 vehicles. O(n log n). */
export function learnRestMap(wakes: readonly Wake[], shareOf: ShareOf = AS_DISPLAYED): RestMap | null {
  const own = byVehicle(wakes, ({ vin }) => vin);
  if (wakes.length < WAKES_MIN || own.length < LEARN_VEHICLES_MIN) return null;
  const sorted = wakes.map(({ packV, socPct }) => ({ packV, share: shareOf(socPct) })).sort((a, b) => a.packV - b.packV);
  const bins = Array.from({ length: BINS }, (_, i) =>
    sorted.slice(Math.floor((i * sorted.length) / BINS), Math.floor(((i + 1) * sorted.length) / BINS)),
  );
  const packV = bins.map((bin) => median(bin.map((wake) => wake.packV)));
  const shares = isotonic(bins.map((bin) => median(bin.map(({ share }) => share))));
  const misses = own.flatMap((all) => {
    const errors = all.flatMap((wake) => {
      const share = interpolate(packV, shares, wake.packV);
      return share === null ? [] : [shareOf(wake.socPct) - share];
    });
    return errors.length === 0 ? [] : [median(errors)];
  });
  return { packV, shares, sd: robustSpread(misses, SD_FLOOR), vehicles: own.length };
}

/** The share that a rested voltage stands for; null outside the map, and where the voltage hardly rises. */
export function shareAtRest({ packV, shares }: Pick<RestMap, "packV" | "shares">, volt: number): number | null {
  const share = interpolate(packV, shares, volt);
  if (share === null) return null;
  const [low, high] = [volt * (1 - SLOPE_SPAN), volt * (1 + SLOPE_SPAN)];
  const [first, last] = [packV[0] ?? volt, packV.at(-1) ?? volt];
  const [from, to] = [Math.max(low, first), Math.min(high, last)];
  const rise = (interpolate(packV, shares, to) ?? share) - (interpolate(packV, shares, from) ?? share);
  return rise <= 0 || (to - from) / volt / rise < SLOPE_MIN ? null : share;
}

/** Voltages either side over which its rise is judged, relative: 15 mV a cell. */
const SLOPE_SPAN = 0.004;

export interface RestCapacity {
  readonly capacityAh: number;
  /** Relative; what more rests average out, and what they do not. */
  readonly randomSd: number;
  readonly mapSd: number;
  readonly pairs: number;
}

/**
 * Capacity from the wake-ups of one vehicle's days (features of family `rests`, by day): each is paired with that earlier one, at most
 * 14 days ago, from which most charge lies, pairs do not overlap. Null below three pairs of 30 % or more. O(days^2) within 14 days.
 */
export function capacityBetweenRests(map: RestMap, features: readonly DayFeatures[]): RestCapacity | null {
  const points = pairsOf(map, restDays(features));
  const fit = points.length < PAIRS_MIN ? null : tukeyInverseRegression(points, SCATTER_FLOOR);
  if (fit === null || fit.effectivePoints < PAIRS_MIN / 2) return null;
  const swing = median(points.map(({ x }) => x));
  return { capacityAh: fit.slope, randomSd: fit.relativeError, mapSd: (Math.SQRT2 * map.sd) / swing, pairs: points.length };
}

/** Since the first day. */
interface Sums {
  readonly netAh: number;
  readonly drivenAh: number;
}

interface Anchor extends Sums {
  readonly day: string;
  readonly share: number;
}

/** x: share of a full charge between two rests, y: charge counted between them, Ah. */
function pairsOf(map: RestMap, days: readonly RestDay[]): { readonly x: number; readonly y: number }[] {
  const points: { x: number; y: number }[] = [];
  let open: Anchor[] = [];
  let before: Sums = { netAh: 0, drivenAh: 0 };
  for (const one of days) {
    if (one.isBroken) open = [];
    const now = anchorOf(map, one, before);
    if (now !== null) {
      open = open.filter(({ day }) => Date.parse(now.day) - Date.parse(day) <= SPAN_DAYS * DAY_MS);
      const point = furthest(open, now);
      if (point !== null) points.push(point);
      open = point === null ? [...open, now] : [now];
    }
    if (one.isBrokenAfter) open = [];
    before = { netAh: before.netAh + one.netAh, drivenAh: before.drivenAh + one.drivenAh };
  }
  return points;
}

function anchorOf(map: RestMap, { day, rest }: RestDay, before: Sums): Anchor | null {
  const share = rest === null ? null : shareAtRest(map, rest.packV);
  if (rest === null || share === null) return null;
  return { day, share, netAh: before.netAh + rest.beforeAh, drivenAh: before.drivenAh + rest.beforeDrivenAh };
}

function furthest(open: readonly Anchor[], now: Anchor): { readonly x: number; readonly y: number } | null {
  const [first] = [...open].sort((a, b) => Math.abs(now.share - b.share) - Math.abs(now.share - a.share));
  if (first === undefined || Math.abs(now.share - first.share) < SHARE_MIN) return null;
  const sign = Math.sign(now.share - first.share);
  const countedAh = sign * (now.netAh - first.netAh);
  const isMostlySeen = now.drivenAh - first.drivenAh <= DRIVEN_SHARE_MAX * countedAh;
  return isMostlySeen ? { x: Math.abs(now.share - first.share), y: countedAh } : null;
}
