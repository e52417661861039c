/** What the charges of a model's vehicles teach about reading one more charge: display, voltages, peak, temperature and rate. */
import { z } from "zod";
import { learnPeak, type PeakModel } from "./capacityPeak.ts";
import { type ConditionModel, type KnownCharge, learnConditions } from "./chargeConditions.ts";
import type { VehicleCurve } from "./chargeCurve.ts";
import { learnSocMap, type SocMap, shareAt } from "./socMap.ts";
import { learnVoltageMap, type VoltageMap } from "./voltageMap.ts";

/** Each part null where there was too little to learn it from. */
export interface ChargeModel {
  readonly socMap: SocMap | null;
  readonly voltages: VoltageMap | null;
  readonly peak: PeakModel | null;
  readonly conditions: ConditionModel | null;
}

const numbers = z.array(z.number());
/** As table `charge_models` keeps it. */
export const chargeModelSchema = z.object({
  socMap: z.object({ shares: numbers, sds: numbers, vehicles: z.number(), charges: z.number() }).nullable(),
  voltages: z.object({ packV: numbers, shares: numbers, currentA: z.number(), sd: z.number(), vehicles: z.number() }).nullable(),
  peak: z.object({ share: z.number(), sd: z.number(), packV: z.number(), vehicles: z.number() }).nullable(),
  conditions: z.object({ effects: z.tuple([z.number(), z.number(), z.number(), z.number()]), charges: z.number() }).nullable(),
});

/** Null where nothing could be learnt. Voltages and peak only of NCM: the plateau of LFP says nothing (methods 1.14). */
export function learnChargeModel(curves: readonly VehicleCurve[], charges: readonly KnownCharge[], chemistry: string): ChargeModel | null {
  const socMap = learnSocMap(curves);
  const shareOf = socMap === null ? undefined : shareAt(socMap);
  const isFlat = isLfp(chemistry);
  const learnt = {
    socMap,
    voltages: isFlat ? null : learnVoltageMap(curves, shareOf),
    peak: isFlat ? null : learnPeak(curves, shareOf),
    conditions: learnConditions(charges),
  };
  return Object.values(learnt).every((part) => part === null) ? null : learnt;
}

/** Whether the cells' voltage is flat over most of the charge. */
export function isLfp(chemistry: string): boolean {
  return chemistry.toUpperCase() === "LFP";
}
