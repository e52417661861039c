import {
  type Arms,
  conversionRatio,
  dispersion,
  type Ratio,
  reportRatio,
  totalVehicles,
  vehiclesForRates,
  vehiclesForShares,
} from "./uplift.ts";

/** The verdict on a rule: shown, not shown with enough data, or not enough data yet, and how much would be enough. */

export const PROOF_VERDICTS = ["fewer", "more", "no_effect_shown", "not_enough_data"] as const;
export type ProofVerdict = (typeof PROOF_VERDICTS)[number];

/** The effects the numbers are planned for: what the system this one follows reports. */
export const TARGETS = { reports: 0.81, conversion: 1.28 } as const;

export interface Measure {
  readonly verdict: ProofVerdict;
  readonly ratio: Ratio | null;
  /** Vehicles in both arms, at the present held share, to see the planned effect with power 80 %; null while the base is unknown. */
  readonly vehiclesNeeded: number | null;
}

export interface Proof {
  readonly reports: Measure;
  readonly conversion: Measure;
}

export function proofOf(arms: Arms): Proof {
  const { told, held } = arms;
  const total = told.vehicles + held.vehicles;
  const share = total === 0 ? 0 : held.vehicles / total;
  const isPlannable = share > 0 && share < 1;
  const needed = (hasBase: boolean, perArm: () => number) => (isPlannable && hasBase ? Math.ceil(totalVehicles(perArm(), share)) : null);
  const forReports = needed(held.reports > 0, () =>
    vehiclesForRates({ baseRate: held.reports / held.vehicles, ratio: TARGETS.reports, phi: dispersion(arms) }),
  );
  const baseShare = held.converted / Math.max(held.vehicles, 1);
  const canGrow = baseShare > 0 && baseShare * TARGETS.conversion < 1;
  const forConversion = needed(canGrow, () => vehiclesForShares({ baseShare, ratio: TARGETS.conversion }));
  return { reports: measure(reportRatio(arms), forReports, total), conversion: measure(conversionRatio(arms), forConversion, total) };
}

function measure(ratio: Ratio | null, vehiclesNeeded: number | null, vehicles: number): Measure {
  if (ratio === null) return { verdict: "not_enough_data", ratio, vehiclesNeeded };
  if (ratio.high < 1) return { verdict: "fewer", ratio, vehiclesNeeded };
  if (ratio.low > 1) return { verdict: "more", ratio, vehiclesNeeded };
  const isEnough = vehiclesNeeded !== null && vehicles >= vehiclesNeeded;
  return { verdict: isEnough ? "no_effect_shown" : "not_enough_data", ratio, vehiclesNeeded };
}
