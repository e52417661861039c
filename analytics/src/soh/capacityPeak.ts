/**
 * Incremental capacity: while a pack charges slowly and evenly, charge per volt has a peak; the charge in a band around it falls with the
 * capacity (methods 1.7). A second opinion only: the peak changes little with age on the road, and a step of 1 % is coarse for it.
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
  type VehicleCurve,
  WIDE_SWING_PCT,
} from "./chargeCurve.ts";

export interface CapacityPeak {
  readonly packV: number;
  readonly ahPerV: number;
  /** Charge in the band around the peak. */
  readonly areaAh: number;
}

/** A model's peak as a share of the full charge. */
export interface PeakModel {
  readonly share: number;
  readonly sd: number;
  readonly packV: number;
  readonly vehicles: number;
}

/** Half-width of the band by the pack's voltage: 30 mV of a cell's 3.7 V. */
const BAND = 0.03 / 3.7;
/** Steps of voltage over which charge per volt is taken: 10 mV a cell. */
const STEP = 0.01 / 3.7;
/** The peak is looked for away from the ends of the charge, where the current changes. */
const EDGE_PCT = 5;
/** A peak further away than this is another one: 50 mV a cell. */
const NEAR = 0.05 / 3.7;
const SD_FLOOR = 0.01;

/** The peak of one slow charge; null where none lies wholly inside it. O(n). */
export function capacityPeak({ socPct, chargeAh, packV }: ChargeCurve): CapacityPeak | null {
  const volts = isotonic(packV);
  const [first, last] = [(socPct[0] ?? 0) + EDGE_PCT, (socPct.at(-1) ?? 0) - EDGE_PCT];
  let best: CapacityPeak | null = null;
  for (const [i, volt] of volts.entries()) {
    const soc = socPct[i] ?? 0;
    if (soc < first || soc > last) continue;
    const ahPerV = chargeWithin(volts, chargeAh, volt, STEP) / (2 * STEP * volt);
    if (ahPerV > (best?.ahPerV ?? 0)) best = { packV: volt, ahPerV, areaAh: chargeWithin(volts, chargeAh, volt, BAND) };
  }
  return best === null || best.areaAh === 0 ? null : best;
}

/** Null below 30 wide charges from 15 vehicles with a peak. */
export function learnPeak(curves: readonly VehicleCurve[], shareOf: ShareOf = AS_DISPLAYED): PeakModel | null {
  const wide = curves.filter(({ curve }) => (curve.socPct.at(-1) ?? 0) - (curve.socPct[0] ?? 0) >= WIDE_SWING_PCT);
  const peaks = wide.flatMap((one) => {
    const peak = capacityPeak(one.curve);
    const wholeAh = fullChargeAh(one.curve, shareOf);
    return peak === null || wholeAh === null ? [] : [{ ...one, packV: peak.packV, share: peak.areaAh / wholeAh }];
  });
  if (!isEnoughToLearn(peaks)) return null;
  const own = byVehicle(peaks, ({ vin }) => vin).map((all) => median(all.map(({ share }) => share)));
  const share = median(own);
  const sd = robustSpread(own, SD_FLOOR * share) / share;
  return { share, sd, packV: median(peaks.map(({ packV }) => packV)), vehicles: own.length };
}

/** Capacity that the peak of one charge speaks for; null without the model's peak. */
export function capacityFromPeak(model: PeakModel, curve: ChargeCurve): number | null {
  const peak = capacityPeak(curve);
  if (peak === null || Math.abs(peak.packV - model.packV) > NEAR * model.packV) return null;
  return peak.areaAh / model.share;
}

/** Charge between `volt` less and plus a share of it; 0 where the charge does not cover that. */
function chargeWithin(volts: readonly number[], chargeAh: readonly number[], volt: number, share: number): number {
  const [from, to] = [interpolate(volts, chargeAh, volt * (1 - share)), interpolate(volts, chargeAh, volt * (1 + share))];
  return from === null || to === null ? 0 : to - from;
}
