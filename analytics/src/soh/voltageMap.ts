/**
 * The share of a model's full charge that lies below each pack voltage while it charges slowly: the charge between two voltages then
 * gives the capacity without any state of charge (methods 1.8). Learnt like the map of the display, at like currents only, because the
 * voltage includes the drop over the resistance. Not for LFP, whose voltage says nothing over most of the charge (methods 1.14).
 */
import { median } from "simple-statistics";
import { isotonic } from "../stats/isotonic.ts";
import { robustSpread } from "../stats/robustSpread.ts";
import {
  AS_DISPLAYED,
  byVehicle,
  type ChargeCurve,
  fullChargeAh,
  interpolate,
  isEnoughToLearn,
  type ShareOf,
  sharesOf,
  type VehicleCurve,
  WIDE_SWING_PCT,
} from "./chargeCurve.ts";

export interface VoltageMap {
  /** Rising, of equal steps. */
  readonly packV: readonly number[];
  readonly shares: readonly number[];
  /** Current at which it was learnt, A. */
  readonly currentA: number;
  /** Relative standard deviation of one vehicle's capacity against the count over a wide swing. */
  readonly sd: number;
  readonly vehicles: number;
}

const STEPS = 60;
/** Currents further from the learnt one have another drop (methods 1.8: 20 %). */
const CURRENT_SHARE = 0.2;
/** A narrower window is all noise of its two ends. */
const SHARE_MIN = 0.2;
const SD_FLOOR = 0.005;
const VEHICLES_MIN = 5;

/** Null below 30 wide charges from 15 vehicles at a like current. O(charges * steps). */
export function learnVoltageMap(curves: readonly VehicleCurve[], shareOf: ShareOf = AS_DISPLAYED): VoltageMap | null {
  const wide = curves.filter(({ curve }) => (curve.socPct.at(-1) ?? 0) - (curve.socPct[0] ?? 0) >= WIDE_SWING_PCT);
  if (wide.length === 0) return null;
  const currentA = median(wide.map((one) => one.currentA));
  const alike = wide.filter((one) => isLike(one.currentA, currentA)).map((one) => ({ ...one, packV: isotonic(one.curve.packV) }));
  if (!isEnoughToLearn(alike)) return null;
  const [lowV, highV] = [median(alike.map(({ packV }) => packV[0] ?? 0)), median(alike.map(({ packV }) => packV.at(-1) ?? 0))];
  const grid = Array.from({ length: STEPS + 1 }, (_, i) => lowV + ((highV - lowV) * i) / STEPS);
  const perVehicle = byVehicle(alike, ({ vin }) => vin).map((own) => {
    const all = own.map(({ curve, packV }) => ({ packV, shares: sharesOf(curve, shareOf) }));
    return grid.map((volt) => {
      const values = all.flatMap(({ packV, shares }) => interpolate(packV, shares, volt) ?? []);
      return values.length === 0 ? null : median(values);
    });
  });
  const at = grid.map((_, i) => perVehicle.flatMap((shares) => shares[i] ?? []));
  const kept = grid.flatMap((volt, i) => ((at[i]?.length ?? 0) < VEHICLES_MIN ? [] : [{ volt, share: median(at[i] ?? []) }]));
  const map = {
    packV: kept.map(({ volt }) => volt),
    shares: isotonic(kept.map(({ share }) => share)),
    currentA,
    vehicles: perVehicle.length,
  };
  return kept.length < 2 ? null : { ...map, sd: spreadOf(map, alike, shareOf) };
}

/** Capacity from the charge between the first and the last step of one charge at a like current; null where the map does not reach. */
export function capacityBetweenVoltages(map: Omit<VoltageMap, "sd">, { chargeAh, packV }: ChargeCurve, currentA: number): number | null {
  if (!isLike(currentA, map.currentA)) return null;
  const smooth = isotonic(packV);
  const [firstV = 0, lastV = 0] = map.packV.length < 2 ? [] : [map.packV[0], map.packV.at(-1)];
  const [fromV, toV] = [Math.max(firstV, smooth[0] ?? 0), Math.min(lastV, smooth.at(-1) ?? 0)];
  const [fromAh, toAh] = [interpolate(smooth, chargeAh, fromV), interpolate(smooth, chargeAh, toV)];
  const [fromShare, toShare] = [interpolate(map.packV, map.shares, fromV), interpolate(map.packV, map.shares, toV)];
  if (fromAh === null || toAh === null || fromShare === null || toShare === null || toShare - fromShare < SHARE_MIN) return null;
  return (toAh - fromAh) / (toShare - fromShare);
}

function isLike(currentA: number, otherA: number): boolean {
  return Math.abs(currentA - otherA) <= CURRENT_SHARE * otherA;
}

/** How far halves of each wide charge, taken alone, lie from the whole, between vehicles. */
function spreadOf(map: Omit<VoltageMap, "sd">, wide: readonly VehicleCurve[], shareOf: ShareOf): number {
  const errors = byVehicle(wide, ({ vin }) => vin).flatMap((own) => {
    const ratios = own.flatMap(({ curve, currentA }) => {
      const whole = fullChargeAh(curve, shareOf);
      const half = capacityBetweenVoltages(map, middleHalf(curve), currentA);
      return half === null || whole === null ? [] : [half / whole - 1];
    });
    return ratios.length === 0 ? [] : [median(ratios)];
  });
  return errors.length === 0 ? 1 : robustSpread(errors, SD_FLOOR);
}

function middleHalf({ socPct, chargeAh, packV }: ChargeCurve): ChargeCurve {
  const cut = <T>(list: readonly T[]): T[] => list.slice(Math.floor(0.25 * list.length), Math.ceil(0.75 * list.length));
  return { socPct: cut(socPct), chargeAh: cut(chargeAh), packV: cut(packV) };
}
