/**
 * Capacity from one charge, or from the segments of one test, as the weighted mean of three independent opinions: the rating
 * times the fleet's state of health; charge over the swing of the displayed state of charge; charge over the share that the
 * fleet's cells hold between the two rested voltages. Logarithms throughout, because all three err in proportion.
 *
 * Both state-of-charge scales are right at empty and full and wander in between; modelled as a Brownian bridge, the error of a
 * swing d has variance s^2 d (1 - d), so that of the capacity s^2 (1 - d) / d: a swing of 10 % says little, one of 60 % much.
 */
import { probit } from "simple-statistics";
import { type Estimate, fuseEstimates } from "../../stats/fuseEstimates.ts";
import type { ChargeEvidence } from "./chargeEvidence.ts";
import type { ChargeFleet } from "./chargeFleet.ts";
import { shareBetween } from "./voltageShape.ts";

export interface CapacityEstimate {
  readonly capacityAh: number;
  readonly low80Ah: number;
  readonly high80Ah: number;
}

/** s of the bridge: fits displayed and voltage scale alike on the public cars; 0.05 to 0.10 give errors within 0.4 points. */
const BRIDGE_SD = 0.07;
/** Current sensor's gain (methods 1.2). */
const COUNTING_SD = 0.01;
/** Cars of other chemistry end at other voltages, even over a full charge. */
const CHEMISTRY_SD = 0.05;
/** A swing below this says nothing. */
const MIN_SWING = 0.01;
/** Displayed ends between which a test counts as a full charge: several cars display 4 % when empty or 99 % when full. */
const FULL_FROM_PCT = 5;
const FULL_TO_PCT = 95;
const HALF_WIDTH_SDS = probit(0.9);

/** Capacity from this segment alone. `ratedAh` null where not known: then the load current tells the size, with more doubt. */
export function capacityFromCharge(evidence: ChargeEvidence, ratedAh: number | null, fleet: ChargeFleet): CapacityEstimate {
  const size = ratedAh === null ? shifted(fleet.logHours, evidence.loadCurrentA) : shifted(fleet.logHealth, ratedAh);
  const display = swingOpinion(evidence.chargeAh, (evidence.socEndPct - evidence.socStartPct) / 100, COUNTING_SD);
  const voltage = swingOpinion(evidence.chargeAh, shareBetween(fleet.shape, evidence.startRestV, evidence.endRestV), CHEMISTRY_SD);
  return interval(fuseEstimates([size, ...display, ...voltage]) ?? size);
}

/**
 * Capacity from all segments of one test, in order and each beginning where the one before ended. A test from empty to full is
 * the definition of capacity: the charge counted. Null without segments.
 */
export function capacityFromTest(segments: readonly ChargeEvidence[], ratedAh: number | null, fleet: ChargeFleet): CapacityEstimate | null {
  const [first, last] = [segments[0], segments.at(-1)];
  if (first === undefined || last === undefined) return null;
  const chargeAh = segments.reduce((sum, s) => sum + s.chargeAh, 0);
  if (first.socStartPct <= FULL_FROM_PCT && last.socEndPct >= FULL_TO_PCT) return interval({ mean: Math.log(chargeAh), sd: COUNTING_SD });
  const { endRestV, socEndPct } = last;
  return capacityFromCharge({ ...first, chargeAh, socEndPct, endRestV }, ratedAh, fleet);
}

function shifted({ mean, sd }: Estimate, factor: number): Estimate {
  return { mean: mean + Math.log(factor), sd };
}

function swingOpinion(chargeAh: number, swing: number, floorSd: number): Estimate[] {
  if (swing < MIN_SWING) return [];
  const wandering = BRIDGE_SD * Math.sqrt(Math.max(0, 1 - swing) / swing);
  return [{ mean: Math.log(chargeAh / swing), sd: Math.hypot(floorSd, wandering) }];
}

function interval({ mean, sd }: Estimate): CapacityEstimate {
  return { capacityAh: Math.exp(mean), low80Ah: Math.exp(mean - HALF_WIDTH_SDS * sd), high80Ah: Math.exp(mean + HALF_WIDTH_SDS * sd) };
}
