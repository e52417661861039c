/**
 * Capacity from the remaining energy that a car's battery management displays: energy over capacity is a fixed curve of the state
 * of charge and the temperature within a model, learnt from cars whose capacity is known (methods 1.9). What comes out is the
 * capacity that the management believes in, not an independent measurement of the cells.
 */
import { median } from "simple-statistics";
import { type LinearModel, linearPredictor, ridgeRegression } from "../stats/ridgeRegression.ts";
import { robustSpread } from "../stats/robustSpread.ts";

export interface EnergyReading {
  /** In whatever unit the car counts (80 Wh on a Leaf). */
  readonly energy: number;
  readonly socPct: number;
  readonly tempC: number | null;
}

export interface EnergyCurve {
  /** Energy per Ah of capacity, from the state of charge and the temperature. */
  readonly perAh: LinearModel;
  /** Relative standard deviation of one period's capacity. */
  readonly spread: number;
}

/** One period (a week) of a car with known capacity. */
export interface KnownPeriod {
  readonly capacityAh: number;
  readonly readings: readonly EnergyReading[];
}

/** Near empty the counts are coarse and their offset weighs most. */
const SOC_MIN_PCT = 25;
const MIN_READINGS = 20;
/** Readings of each period that teach: enough for five coefficients, and no busy week outvotes the others. */
const TAUGHT_PER_PERIOD = 400;
const MIN_PERIODS = 3;
const NO_PENALTY = 1e-9;
/** The counts' own step over a week, relative. */
const SPREAD_FLOOR = 0.0015;

/** Null where fewer than three periods have enough readings. O(readings). */
export function learnEnergyCurve(periods: readonly KnownPeriod[]): EnergyCurve | null {
  const usable = periods.map(({ capacityAh, readings }) => ({ capacityAh, readings: readings.filter(isUsable) }));
  const taught = usable.filter(({ readings, capacityAh }) => readings.length >= MIN_READINGS && capacityAh > 0);
  if (taught.length < MIN_PERIODS) return null;
  const rows = taught.flatMap(({ capacityAh, readings }) =>
    every(readings, Math.ceil(readings.length / TAUGHT_PER_PERIOD)).map((one) => ({ x: inputs(one), y: one.energy / capacityAh })),
  );
  const perAh = ridgeRegression(
    rows.map(({ x }) => x),
    rows.map(({ y }) => y),
    NO_PENALTY,
  );
  if (perAh === null) return null;
  const errors = taught.map(({ capacityAh, readings }) => median(readings.map((one) => capacityOf(perAh, one))) / capacityAh - 1);
  return { perAh, spread: robustSpread(errors, SPREAD_FLOOR) };
}

/** A period's capacity with its standard deviation; null with fewer than 20 usable readings. */
export function capacityFromEnergy(curve: EnergyCurve, readings: readonly EnergyReading[]): { capacityAh: number; sdAh: number } | null {
  const usable = readings.filter(isUsable);
  if (usable.length < MIN_READINGS) return null;
  const capacityAh = median(usable.map((one) => capacityOf(curve.perAh, one)));
  return { capacityAh, sdAh: capacityAh * curve.spread };
}

function capacityOf(perAh: LinearModel, reading: EnergyReading): number {
  return reading.energy / linearPredictor(perAh, inputs(reading));
}

function inputs({ socPct, tempC }: EnergyReading): number[] {
  const share = socPct / 100;
  const warm = ((tempC ?? 25) - 25) / 10;
  return [share, share * share, warm, share * warm];
}

function isUsable({ energy, socPct }: EnergyReading): boolean {
  return energy > 0 && socPct >= SOC_MIN_PCT && socPct <= 100;
}

function every<T>(list: readonly T[], step: number): T[] {
  return list.filter((_, i) => i % step === 0);
}
