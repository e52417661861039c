/**
 * What the methods that need no state of charge say of the same charges, beside the count over the display: the charge between two voltages
 * weighs in by its variance (methods 1.8, 1.11); the peak of incremental capacity is a second opinion and moves nothing (methods 1.7).
 */
import { median } from "simple-statistics";
import type { ChargingSession } from "../../features/chargingSession.ts";
import { capacityFromPeak } from "../../soh/capacityPeak.ts";
import { conditionFactor } from "../../soh/chargeConditions.ts";
import type { ChargeModel } from "../../soh/chargeModel.ts";
import { ANCHOR_SD } from "../../soh/socMap.ts";
import { capacityBetweenVoltages } from "../../soh/voltageMap.ts";
import { fuseEstimates } from "../../stats/fuseEstimates.ts";
import { robustSpread } from "../../stats/robustSpread.ts";

export interface Opinion {
  readonly method: "counted_charge" | "between_voltages" | "capacity_peak";
  readonly capacityAh: number;
  readonly weight: number;
}

export interface Counted {
  readonly capacityAh: number;
  /** Relative. */
  readonly randomSd: number;
  readonly systematicSd: number;
}

/** All methods count with one current sensor, and the maps share their anchors: fused they know no better (methods 1.2). */
const GAIN_SD = 0.01;
const CHARGES_MIN = 3;
const SPREAD_FLOOR = 0.005;

/** The counted capacity joined with what the voltages say, and every opinion with its weight. */
export function fuseOpinions(
  counted: Counted,
  sessions: readonly ChargingSession[],
  { learnt, isFlat }: { readonly learnt: ChargeModel | null; readonly isFlat: boolean },
): Counted & { readonly opinions: readonly Opinion[] } {
  const byVoltage = isFlat ? null : pooled(sessions, learnt, betweenVoltages);
  const byPeak = isFlat ? null : pooled(sessions, learnt, fromPeak);
  const second = byPeak === null ? [] : [{ method: "capacity_peak", capacityAh: byPeak.capacityAh, weight: 0 } as const];
  if (byVoltage === null)
    return { ...counted, opinions: [{ method: "counted_charge", capacityAh: counted.capacityAh, weight: 1 }, ...second] };
  const doubt = Math.hypot(counted.randomSd, counted.systematicSd);
  const voltageSd = Math.hypot(learnt?.voltages?.sd ?? 1, GAIN_SD, ANCHOR_SD, byVoltage.randomSd);
  const weight = doubt ** -2 / (doubt ** -2 + voltageSd ** -2);
  const fused = fuseEstimates([
    { mean: counted.capacityAh, sd: doubt },
    { mean: byVoltage.capacityAh, sd: voltageSd },
  ]);
  return {
    capacityAh: fused?.mean ?? counted.capacityAh,
    randomSd: Math.hypot(weight * counted.randomSd, (1 - weight) * byVoltage.randomSd),
    systematicSd: Math.max(Math.hypot(GAIN_SD, ANCHOR_SD), Math.hypot(weight * counted.systematicSd, (1 - weight) * voltageSd)),
    opinions: [
      { method: "counted_charge", capacityAh: counted.capacityAh, weight },
      { method: "between_voltages", capacityAh: byVoltage.capacityAh, weight: 1 - weight },
      ...second,
    ],
  };
}

type Method = (learnt: ChargeModel, session: ChargingSession) => number | null;

const betweenVoltages: Method = ({ voltages }, { curve, currentMeanA }) =>
  voltages === null || curve === undefined ? null : capacityBetweenVoltages(voltages, curve, currentMeanA ?? 0);

const fromPeak: Method = ({ peak }, { curve }) => (peak === null || curve === undefined ? null : capacityFromPeak(peak, curve));

/** The middle of what single charges say, at 25 °C and slow charging; null below three charges. */
function pooled(
  sessions: readonly ChargingSession[],
  learnt: ChargeModel | null,
  method: Method,
): { readonly capacityAh: number; readonly randomSd: number } | null {
  if (learnt === null) return null;
  const all = sessions.flatMap((session) => {
    const capacityAh = method(learnt, session);
    if (capacityAh === null) return [];
    const condition = { tempC: session.tempMeanC, currentA: session.currentMeanA ?? 0, isDc: session.isDc };
    return [learnt.conditions === null ? capacityAh : capacityAh * conditionFactor(learnt.conditions, condition, capacityAh)];
  });
  if (all.length < CHARGES_MIN) return null;
  const capacityAh = median(all);
  return {
    capacityAh,
    randomSd:
      robustSpread(
        all.map((one) => one / capacityAh),
        SPREAD_FLOOR,
      ) / Math.sqrt(all.length),
  };
}
