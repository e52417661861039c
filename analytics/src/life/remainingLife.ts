/**
 * Remaining life of a unit from its sensors, learnt from units that ran to failure: ridge regression of the capped remaining life
 * on degradation features, with an interval from the errors made on units the model had not seen (methods 1.13, A5).
 */
import { mean, quantileSorted, sampleCorrelation, standardDeviation } from "simple-statistics";
import { type LinearModel, linearPredictor, ridgeRegression } from "../stats/ridgeRegression.ts";
import { degradationFeatures, type SensorScale } from "./degradationFeatures.ts";

/** A unit's cycles, oldest first, each a row of sensor values. */
export type UnitCycles = readonly (readonly number[])[];

export interface RemainingLife {
  /** Cycles to failure: central, and the ends of the 80 % interval. */
  readonly cycles: number;
  readonly low80: number;
  readonly high80: number;
}

interface PastError {
  readonly predicted: number;
  readonly actual: number;
}

export interface RemainingLifeModel {
  readonly sensors: readonly SensorScale[];
  readonly linear: LinearModel;
  /** Predictions for units held out of the fit beside what came, by prediction. */
  readonly past: readonly PastError[];
}

/** Before wear starts no sensor knows the life left; saying more than this would be guessing. Cycles. */
const LIFE_CAP = 125;
const PENALTY = 10;
const FOLDS = 5;
/** Levels need this many cycles to settle; earlier ones are not learnt from. */
const SETTLED = 15;
/** Neighbouring cycles say nearly the same; one in this many is learnt from. */
const STRIDE = 3;
/** How strongly a sensor must go with the remaining life to be used. */
const MIN_CORRELATION = 0.2;
/** How many past errors of like prediction make the interval. */
const NEIGHBOURS = 400;

/** Learns from units that ran to failure (last cycle = failure). Null when no sensor moves with wear or there are too few units. */
export function learnRemainingLife(units: readonly UnitCycles[]): RemainingLifeModel | null {
  const fitted = fitLife(units);
  if (fitted === null) return null;
  const past: PastError[] = [];
  for (let fold = 0; fold < FOLDS; fold += 1) {
    const partial = fitLife(units.filter((_, i) => i % FOLDS !== fold));
    if (partial === null) return null;
    for (const unit of units.filter((_, i) => i % FOLDS === fold)) past.push(...errorsOn(partial, unit));
  }
  return { ...fitted, past: past.sort((a, b) => a.predicted - b.predicted) };
}

/** Remaining life after the last of `cycles`. Null without cycles. */
export function remainingLife(model: RemainingLifeModel, cycles: UnitCycles): RemainingLife | null {
  const features = [...degradationFeatures(cycles, model.sensors)].at(-1);
  if (features === undefined) return null;
  const central = boundedLife(model.linear, features);
  const errors = nearest(model.past, central).map(({ predicted, actual }) => actual - predicted);
  if (errors.length === 0) return { cycles: central, low80: 0, high80: central };
  errors.sort((a, b) => a - b);
  return {
    cycles: central,
    low80: Math.max(0, central + quantileSorted(errors, 0.1)),
    high80: Math.max(0, central + quantileSorted(errors, 0.9)),
  };
}

function boundedLife(linear: LinearModel, features: readonly number[]): number {
  return Math.min(LIFE_CAP, Math.max(0, linearPredictor(linear, features)));
}

function fitLife(units: readonly UnitCycles[]): Pick<RemainingLifeModel, "sensors" | "linear"> | null {
  const sensors = wearSensors(units);
  if (sensors.length === 0) return null;
  const rows: number[][] = [];
  const targets: number[] = [];
  for (const unit of units) {
    let cycle = 0;
    for (const features of degradationFeatures(unit, sensors)) {
      cycle += 1;
      if (cycle < SETTLED || cycle % STRIDE !== 0) continue;
      rows.push(features);
      targets.push(Math.min(LIFE_CAP, unit.length - cycle));
    }
  }
  const linear = ridgeRegression(rows, targets, PENALTY);
  return linear === null ? null : { sensors, linear };
}

function wearSensors(units: readonly UnitCycles[]): SensorScale[] {
  const left = units.flatMap((unit) => unit.map((_, i) => Math.min(LIFE_CAP, unit.length - 1 - i)));
  const columns = units[0]?.[0]?.length ?? 0;
  return Array.from({ length: columns }, (_, column) => {
    const values = units.flatMap((unit) => unit.map((row) => row[column] ?? Number.NaN));
    return { column, centre: mean(values), spread: standardDeviation(values), correlation: correlationOf(values, left) };
  }).filter(({ correlation }) => Math.abs(correlation) >= MIN_CORRELATION);
}

/** 0 where one side is constant (to rounding), which has no correlation, or holds a value that is not finite. */
function correlationOf(values: readonly number[], left: readonly number[]): number {
  const spread = standardDeviation([...values]);
  if (!(spread > 1e-9 * Math.max(1, Math.abs(mean([...values]))))) return 0;
  const correlation = sampleCorrelation([...values], [...left]);
  return Number.isFinite(correlation) ? correlation : 0;
}

function errorsOn(model: Pick<RemainingLifeModel, "sensors" | "linear">, unit: UnitCycles): PastError[] {
  return [...degradationFeatures(unit, model.sensors)].flatMap((features, i) =>
    i + 1 < SETTLED || i % STRIDE !== 0 ? [] : [{ predicted: boundedLife(model.linear, features), actual: unit.length - 1 - i }],
  );
}

/** The past errors whose predictions lie nearest `predicted`, from a list sorted by prediction. */
function nearest(past: readonly PastError[], predicted: number): PastError[] {
  const found = past.findIndex((error) => error.predicted >= predicted);
  const middle = found < 0 ? past.length : found;
  const start = Math.max(0, Math.min(past.length - NEIGHBOURS, middle - NEIGHBOURS / 2));
  return past.slice(start, start + NEIGHBOURS);
}
