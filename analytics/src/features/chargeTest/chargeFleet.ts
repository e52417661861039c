/** What cars with a known capacity teach about others: their state of health, the rate they were charged at, their voltage shape. */
import { mean, probit, sampleVariance } from "simple-statistics";
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

/** What is known of a spread before these cars, and for how many cars that knowledge stands beside them. */
interface UsualSpread {
  readonly sd: number;
  readonly cars: number;
}

/** Health of in-service cars of unlike age and use: 4.8 points over 300 cars of one kind (methods 1.15). */
const HEALTH_SPREAD: UsualSpread = { sd: 0.05, cars: 20 };
/** Rates at which cars are tested, "about 0.3 C". */
const HOURS_SPREAD: UsualSpread = { sd: 0.15, cars: 8 };
/** Points closer than this say nothing about the slope between them. */
const MIN_STEP_V = 0.004;
const MIN_STEP_SHARE = 0.01;
/** Of an 80 % interval. */
const HALF_WIDTH_SDS = probit(0.9);

/** Null below three cars with a record. O(cars * points). */
export function learnChargeFleet(tested: readonly TestedCar[]): ChargeFleet | null {
  const cars = tested.filter(({ segments }) => segments.length > 0);
  if (cars.length < 3) return null;
  return {
    shape: learnVoltageShape(cars.map(restedCurve)),
    logHealth: oneMore(
      cars.map((car) => Math.log(car.capacityAh / car.ratedAh)),
      HEALTH_SPREAD,
    ),
    logHours: oneMore(
      cars.map(({ capacityAh, segments }) => mean(segments.map((s) => Math.log(capacityAh / s.loadCurrentA)))),
      HOURS_SPREAD,
    ),
  };
}

/**
 * Mean and spread to expect of one more car, one value per car. A handful of cars hardly know their spread: theirs is pooled
 * with the usual one, the doubt about their mean is added, and a normal quantile of the result is as wide as Student's 90 % one.
 */
function oneMore(values: readonly number[], usual: UsualSpread): Estimate {
  const freedom = usual.cars + values.length - 1;
  const pooled = (usual.cars * usual.sd ** 2 + (values.length - 1) * sampleVariance([...values])) / freedom;
  const student = 1 + (HALF_WIDTH_SDS ** 2 + 1) / (4 * freedom);
  return { mean: mean([...values]), sd: student * Math.sqrt(pooled * (1 + 1 / values.length)) };
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
