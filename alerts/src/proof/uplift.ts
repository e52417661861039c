/**
 * What telling changed, pure. Intention to treat: a vehicle counts in the arm it was drawn into, whatever happened.
 * Fault reports: ratio of rates with a variance taken from the counts themselves, so that clustering of reports on few
 * cars widens the interval (quasi-Poisson, delta method). Conversion: ratio of shares, Katz's log interval
 * (Biometrics 34 (1978) 469).
 */

/** One arm in sums: enough for both measures. */
export interface ArmSums {
  readonly vehicles: number;
  readonly reports: number;
  /** Sum of the squares of the reports per vehicle. */
  readonly reportsSquared: number;
  /** Vehicles with a maintenance visit in the window. */
  readonly converted: number;
}

export interface Arms {
  readonly told: ArmSums;
  readonly held: ArmSums;
}

export interface Ratio {
  /** Told over held; 0.81 is 19 % fewer. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer events than this in an arm and a log interval means nothing. */
const EVENTS_MIN = 5;
/** Normal quantiles of a two-sided 95 % interval and of power 80 %. */
const Z = 1.959_963_984_540_054;
const Z_POWER = 0.841_621_233_572_914;
const Z_BOTH = Z + Z_POWER;

/** Ratio of fault reports per vehicle; null with too few events. */
export function reportRatio({ told, held }: Arms): Ratio | null {
  if (Math.min(told.reports, held.reports) < EVENTS_MIN) return null;
  return interval(rateOf(told) / rateOf(held), relativeVariance(told) + relativeVariance(held));
}

/** Ratio of vehicles with a maintenance visit; null with too few. */
export function conversionRatio({ told, held }: Arms): Ratio | null {
  if (Math.min(told.converted, held.converted) < EVENTS_MIN) return null;
  const spread = ({ converted, vehicles }: ArmSums) => (1 - converted / vehicles) / converted;
  return interval(told.converted / told.vehicles / (held.converted / held.vehicles), spread(told) + spread(held));
}

function interval(ratio: number, logVariance: number): Ratio {
  const half = Z * Math.sqrt(logVariance);
  return { ratio, low: ratio * Math.exp(-half), high: ratio * Math.exp(half) };
}

function rateOf({ reports, vehicles }: ArmSums): number {
  return reports / vehicles;
}

/** Variance of an arm's mean over the mean squared. */
function relativeVariance(arm: ArmSums): number {
  const mean = rateOf(arm);
  const variance = (arm.reportsSquared - arm.vehicles * mean * mean) / (arm.vehicles - 1);
  return variance / (arm.vehicles * mean * mean);
}

/** How much the counts scatter beyond Poisson, from the arm that is larger; at least 1. */
export function dispersion({ told, held }: Arms): number {
  const arm = told.vehicles >= held.vehicles ? told : held;
  if (arm.vehicles < 2 || arm.reports === 0) return 1;
  return Math.max(1, relativeVariance(arm) * arm.vehicles * rateOf(arm));
}

/** Vehicles in each of two equal arms to see a ratio of rates with power 80 %. */
export function vehiclesForRates({ baseRate, ratio, phi }: { baseRate: number; ratio: number; phi: number }): number {
  return (Z_BOTH ** 2 * phi * (1 / (baseRate * ratio) + 1 / baseRate)) / Math.log(ratio) ** 2;
}

/** Vehicles in each of two equal arms to see a ratio of shares with power 80 % (pooled normal approximation). */
export function vehiclesForShares({ baseShare, ratio }: { baseShare: number; ratio: number }): number {
  const [p0, p1] = [baseShare, baseShare * ratio];
  const pooled = (p0 + p1) / 2;
  const under0 = Z * Math.sqrt(2 * pooled * (1 - pooled));
  const under1 = Z_POWER * Math.sqrt(p0 * (1 - p0) + p1 * (1 - p1));
  return ((under0 + under1) / (p1 - p0)) ** 2;
}

/** Vehicles in both arms together when only a share is held back: equal arms need the fewest. */
export function totalVehicles(perEqualArm: number, heldShare: number): number {
  return perEqualArm / (2 * heldShare * (1 - heldShare));
}
