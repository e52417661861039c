/** What the charges of a model's vehicles teach about reading one more charge: display, voltages, peak, temperature and rate. */
import { z } from "zod";
import { learnPeak, type PeakModel } from "./capacityPeak.ts";
import { type ConditionModel, type KnownCharge, learnConditions } from "./chargeConditions.ts";
import type { VehicleCurve } from "./chargeCurve.ts";
import { learnRestMap, type RestMap, type Wake } from "./restMap.ts";
import { learnSocMap, type SocMap, shareAt } from "./socMap.ts";
import { learnVoltageMap, type VoltageMap } from "./voltageMap.ts";

/** Each part null where there was too little to learn it from. */
export interface ChargeModel {
  readonly socMap: SocMap | null;
  readonly voltages: VoltageMap | null;
  readonly peak: PeakModel | null;
  readonly conditions: ConditionModel | null;
  readonly rests: RestMap | null;
}

const numbers = z.array(z.number());
/** As table `charge_models` keeps it. */
export const chargeModelSchema = z.object({
  socMap: z.object({ shares: numbers, sds: numbers, vehicles: z.number(), charges: z.number() }).nullable(),
  voltages: z.object({ packV: numbers, shares: numbers, currentA: z.number(), sd: z.number(), vehicles: z.number() }).nullable(),
  peak: z.object({ share: z.number(), sd: z.number(), packV: z.number(), vehicles: z.number() }).nullable(),
  conditions: z.object({ effects: z.tuple([z.number(), z.number(), z.number(), z.number()]), charges: z.number() }).nullable(),
  // Absent in what was learnt before rests were.
  rests: z.object({ packV: numbers, shares: numbers, sd: z.number(), vehicles: z.number() }).nullable().default(null),
});

/** What a model's vehicles did, over half a year. */
export interface ModelHistory {
  readonly curves: readonly VehicleCurve[];
  readonly charges: readonly KnownCharge[];
  readonly wakes: readonly Wake[];
}

/** Null where nothing could be learnt. Voltages, peak and rests only of NCM: the plateau of LFP says nothing (methods 1.14). */
export function learnChargeModel({ curves, charges, wakes }: ModelHistory, chemistry: string): ChargeModel | null {
  const socMap = learnSocMap(curves);
  const shareOf = socMap === null ? undefined : shareAt(socMap);
  const isFlat = isLfp(chemistry);
  const learnt = {
    socMap,
    voltages: isFlat ? null : learnVoltageMap(curves, shareOf),
    peak: isFlat ? null : learnPeak(curves, shareOf),
    conditions: learnConditions(charges),
    rests: isFlat ? null : learnRestMap(wakes, shareOf),
  };
  return Object.values(learnt).every((part) => part === null) ? null : learnt;
}

/** Whether the cells' voltage is flat over most of the charge. */
export function isLfp(chemistry: string): boolean {
  return chemistry.toUpperCase() === "LFP";
}
