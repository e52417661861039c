/** What cars with a known capacity teach about others: their state of health, the rate they were charged at, their voltage shape. */
import { mean, sampleVariance } from "simple-statistics";
import type { Estimate } from "../../stats/fuseEstimates.ts";
import type { ChargeEvidence } from "./chargeEvidence.ts";
import { learnVoltageShape, type RestedCurve, type VoltageShape } from "./voltageShape.ts";

export interface TestedCar {
  readonly capacityAh: number;
  readonly ratedAh: number;
  /** Of one full charge, in order. */
  readonly segments: readonly ChargeEvidence[];
}

export interface ChargeFleet {
  readonly shape: VoltageShape;
  /** Natural logarithm of capacity over rated capacity, for one more car. */
  readonly logHealth: Estimate;
  /** Natural logarithm of capacity over load current (h), for one more car: the size where the rating is not known. */
  readonly logHours: Estimate;
}

/** Spread between in-service cars of unlike age and use: 4.8 points over 300 cars (methods 1.15); few cars may claim no less. */
const MIN_HEALTH_SD = 0.05;
const MIN_HOURS_SD = 0.1;
/** Points closer than this say nothing about the slope between them. */
const MIN_STEP_V = 0.004;
const MIN_STEP_SHARE = 0.01;

/** Null below three cars. O(cars * points). */
export function learnChargeFleet(cars: readonly TestedCar[]): ChargeFleet | null {
  if (cars.length < 3) return null;
  return {
    shape: learnVoltageShape(cars.map(restedCurve)),
    logHealth: oneMore(
      cars.map((car) => Math.log(car.capacityAh / car.ratedAh)),
      MIN_HEALTH_SD,
    ),
    logHours: oneMore(
      cars.flatMap((car) => car.segments.map((s) => Math.log(car.capacityAh / s.loadCurrentA))),
      MIN_HOURS_SD,
    ),
  };
}

/** Mean and spread to expect of one more: the sample's spread and the doubt about its mean. */
function oneMore(values: readonly number[], minSd: number): Estimate {
  const spread = Math.sqrt(sampleVariance([...values]) * (1 + 1 / values.length));
  return { mean: mean([...values]), sd: Math.max(minSd, spread) };
}

function restedCurve({ segments, capacityAh }: TestedCar): RestedCurve {
  const curve: { share: number; meanCellV: number }[] = [];
  let countedAh = 0;
  for (const segment of segments) {
    for (const rest of segment.rests) {
      const point = { share: (countedAh + rest.chargeAh) / capacityAh, meanCellV: rest.meanCellV };
      const last = curve.at(-1);
      const isStep = last === undefined || (point.meanCellV - last.meanCellV > MIN_STEP_V && point.share - last.share > MIN_STEP_SHARE);
      if (isStep) curve.push(point);
    }
    countedAh += segment.chargeAh;
  }
  return curve;
}
