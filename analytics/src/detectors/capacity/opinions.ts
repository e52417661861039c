/**
 * What the methods that need no state of charge say of the same charges, beside the count over the display: the charge between two voltages
 * and the charge between two rests weigh in by their variance (methods 1.6, 1.8, 1.11); the peak of incremental capacity is a second opinion and moves nothing (methods 1.7).
 */
import { median } from "simple-statistics";
import type { ChargingSession } from "../../features/chargingSession.ts";
import type { DayFeatures } from "../../features/family.ts";
import { capacityFromPeak } from "../../soh/capacityPeak.ts";
import { conditionFactor } from "../../soh/chargeConditions.ts";
import type { ChargeModel } from "../../soh/chargeModel.ts";
import { capacityBetweenRests } from "../../soh/restMap.ts";
import { ANCHOR_SD } from "../../soh/socMap.ts";
import { capacityBetweenVoltages } from "../../soh/voltageMap.ts";
import { fuseEstimates } from "../../stats/fuseEstimates.ts";
import { robustSpread } from "../../stats/robustSpread.ts";

export interface Opinion {
  readonly method: "counted_charge" | "between_voltages" | "between_rests" | "capacity_peak";
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

/** What the methods are told besides the charges. */
export interface OpinionContext {
  readonly learnt: ChargeModel | null;
  readonly isFlat: boolean;
  /** Days of feature family `rests` in the window, oldest first. */
  readonly rests: readonly DayFeatures[];
}

interface Voice extends Counted {
  readonly method: Opinion["method"];
}

/**
 * The counted capacity joined with what the voltages under charge and at rest say, and every opinion with its weight. Opinions that lie
 * further apart than their doubts explain widen the doubt of all (Birge's ratio).
 */
export function fuseOpinions(
  counted: Counted,
  sessions: readonly ChargingSession[],
  { learnt, isFlat, rests }: OpinionContext,
): Counted & { readonly opinions: readonly Opinion[] } {
  const byPeak = isFlat ? null : pooled(sessions, learnt, fromPeak);
  const second = byPeak === null ? [] : [{ method: "capacity_peak", capacityAh: byPeak.capacityAh, weight: 0 } as const];
  const voices: Voice[] = [
    { method: "counted_charge", ...counted },
    ...voltageVoice(isFlat ? null : pooled(sessions, learnt, betweenVoltages), learnt),
    ...restVoice(learnt, rests),
  ];
  const weighed = voices.map((voice) => ({ ...voice, mean: voice.capacityAh, sd: Math.hypot(voice.randomSd, voice.systematicSd) }));
  const fused = fuseEstimates(weighed);
  if (fused === null || weighed.length === 1)
    return { ...counted, opinions: [{ method: "counted_charge", capacityAh: counted.capacityAh, weight: 1 }, ...second] };
  const shares = weighed.map((voice) => ({ ...voice, weight: (fused.sd / voice.sd) ** 2 }));
  const birge = shares.reduce((sum, { mean, sd }) => sum + ((mean / fused.mean - 1) / sd) ** 2, 0) / (shares.length - 1);
  const together = (of: (voice: Voice) => number): number => Math.hypot(...shares.map((voice) => voice.weight * of(voice)));
  return {
    capacityAh: fused.mean,
    randomSd: together(({ randomSd }) => randomSd),
    systematicSd:
      Math.max(
        Math.hypot(GAIN_SD, ANCHOR_SD),
        together(({ systematicSd }) => systematicSd),
      ) * Math.sqrt(Math.max(1, birge)),
    opinions: [...shares.map(({ method, capacityAh, weight }) => ({ method, capacityAh, weight })), ...second],
  };
}

function voltageVoice(byVoltage: Pooled | null, learnt: ChargeModel | null): Voice[] {
  if (byVoltage === null) return [];
  return [{ method: "between_voltages", ...byVoltage, systematicSd: Math.hypot(learnt?.voltages?.sd ?? 1, GAIN_SD, ANCHOR_SD) }];
}

function restVoice(learnt: ChargeModel | null, rests: readonly DayFeatures[]): Voice[] {
  const found = learnt?.rests == null ? null : capacityBetweenRests(learnt.rests, rests);
  if (found === null) return [];
  const { capacityAh, randomSd, mapSd } = found;
  return [{ method: "between_rests", capacityAh, randomSd, systematicSd: Math.hypot(mapSd, GAIN_SD, ANCHOR_SD) }];
}

type Method = (learnt: ChargeModel, session: ChargingSession) => number | null;

const betweenVoltages: Method = ({ voltages }, { curve, currentMeanA }) =>
  voltages === null || curve === undefined ? null : capacityBetweenVoltages(voltages, curve, currentMeanA ?? 0);

const fromPeak: Method = ({ peak }, { curve }) => (peak === null || curve === undefined ? null : capacityFromPeak(peak, curve));

type Pooled = Omit<Counted, "systematicSd">;

/** The middle of what single charges say, at 25 °C and slow charging; null below three charges. */
function pooled(sessions: readonly ChargingSession[], learnt: ChargeModel | null, method: Method): Pooled | null {
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
