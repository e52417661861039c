/**
 * What a model's displayed state of charge means in charge: the share of a full charge that is in the pack at each displayed percent,
 * learnt from wide charges of many vehicles of the model (methods 1.4). Displays are bent, so that 30 to 50 % may hold a quarter of the
 * charge; counted over displayed swing then errs by 8 % on narrow charges, and averaging does not cure it. Monotone median over vehicles.
 */
import { median } from "simple-statistics";
import { isotonic } from "../stats/isotonic.ts";
import { robustSpread } from "../stats/robustSpread.ts";
import {
  AS_DISPLAYED,
  byVehicle,
  type ChargeCurve,
  interpolate,
  isEnoughToLearn,
  type ShareOf,
  sharesOf,
  type VehicleCurve,
  WIDE_SWING_PCT,
} from "./chargeCurve.ts";

export interface SocMap {
  /** Share of a full charge at 0, 1, ... 100 % displayed. */
  readonly shares: readonly number[];
  /** Standard deviation between vehicles at each. */
  readonly sds: readonly number[];
  readonly vehicles: number;
  readonly charges: number;
}

const PERCENTS = Array.from({ length: 101 }, (_, i) => i);
/** Fewer vehicles at a percent leave it as displayed. */
const VEHICLES_MIN = 5;
const SD_FLOOR = 0.002;
/** Relative doubt that all of a map shares: beyond the widest charges the display stands for itself (1.9 % over wide swings, methods 1.4). */
export const ANCHOR_SD = 0.015;
/** Where the display stands for itself. */
const UNKNOWN_SD = 0.02;

/** Charges that begin or end short of empty and full are anchored on those that go further: as often as this. */
const ROUNDS = 6;

/** Null below 30 charges of 80 % swing from 15 vehicles. O(charges * 100 * 6). */
export function learnSocMap(curves: readonly VehicleCurve[]): SocMap | null {
  const wide = curves.filter(({ curve }) => (curve.socPct.at(-1) ?? 0) - (curve.socPct[0] ?? 0) >= WIDE_SWING_PCT);
  if (!isEnoughToLearn(wide)) return null;
  const vehicles = byVehicle(wide, ({ vin }) => vin).map((own) => own.map(({ curve }) => curve));
  let map: Pick<SocMap, "shares" | "sds"> = { shares: PERCENTS.map(AS_DISPLAYED), sds: [] };
  for (let round = 0; round < ROUNDS; round += 1) map = drawn(vehicles, shareAt(map));
  return { ...map, vehicles: vehicles.length, charges: wide.length };
}

/** The map as displayed percent to share, for anchoring. */
export function shareAt({ shares }: Pick<SocMap, "shares">): ShareOf {
  return (socPct) => interpolate(PERCENTS, shares, Math.min(100, Math.max(0, socPct))) ?? socPct / 100;
}

/** One round: every charge between its ends on the map so far, the middle of each vehicle's, the middle over vehicles. */
function drawn(vehicles: readonly (readonly ChargeCurve[])[], anchors: ShareOf): Pick<SocMap, "shares" | "sds"> {
  const perVehicle = vehicles.map((own) => {
    const all = own.map((curve) => ({ soc: curve.socPct, shares: sharesOf(curve, anchors) }));
    return PERCENTS.map((pct) => middle(all.flatMap(({ soc, shares }) => interpolate(soc, shares, pct) ?? [])));
  });
  const at = PERCENTS.map((pct) => perVehicle.flatMap((shares) => shares[pct] ?? []));
  const known = at.map((values, pct) => (values.length < VEHICLES_MIN ? pct / 100 : median(values)));
  return { shares: isotonic(known), sds: at.map((values) => (values.length < VEHICLES_MIN ? UNKNOWN_SD : robustSpread(values, SD_FLOOR))) };
}

/** The share of a full charge between two displayed percents, and what is not known of it. */
export function mappedSwing(map: SocMap, fromPct: number, toPct: number): { readonly share: number; readonly sd: number } {
  const at = (list: readonly number[], pct: number): number => interpolate(PERCENTS, list, Math.min(100, Math.max(0, pct))) ?? 0;
  return { share: at(map.shares, toPct) - at(map.shares, fromPct), sd: Math.hypot(at(map.sds, fromPct), at(map.sds, toPct)) };
}

function middle(values: readonly number[]): number | null {
  return values.length === 0 ? null : median([...values]);
}
