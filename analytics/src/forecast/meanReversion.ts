/**
 * A vehicle's deviation from its fleet's curve as a process that wanders and returns: what a vehicle is above the curve now,
 * it is in part still in some months, and hardly in a year. Formally an Ornstein-Uhlenbeck process seen with noise; its
 * best forecast is a Kalman filter with one state. Source: Rasmussen & Williams, Gaussian Processes for Machine Learning
 * (free at gaussianprocess.org/gpml), sections 2.2 and 4.2.1 (exponential covariance); Harvey, Forecasting, section 3.2.
 */
import { median } from "simple-statistics";

export interface MeanReversion {
  /** Standard deviation of the deviation over a long time, Ah. */
  readonly sdAh: number;
  /** Time in which a deviation falls to 1/e, weeks. */
  readonly memoryWeeks: number;
  /** Standard deviation of one week's measurement noise, Ah. */
  readonly noiseAh: number;
}

export interface Deviation {
  readonly meanAh: number;
  /** Standard deviation of a measurement that is still to come, so noise included. */
  readonly sdAh: number;
}

/** Lag at which the memory is read off: beyond the weekly labels' own smoothing, well within a year. */
const MEMORY_LAG_WEEKS = 8;
const SHORTEST_MEMORY_WEEKS = 4;
const LONGEST_MEMORY_WEEKS = 52;

/**
 * Parameters from the deviations of several vehicles (index is the week, null where unmeasured), by moments: each is a median
 * over vehicles, so that one vehicle that left the fleet does not set the fleet's spread. Null without any two weeks in a row.
 */
export function fitMeanReversion(deviations: readonly (readonly (number | null)[])[]): MeanReversion | null {
  const [variance, next, later] = [0, 1, MEMORY_LAG_WEEKS].map((lag) => medianProduct(deviations, lag));
  if (variance === undefined || next === undefined || variance === null || next === null || variance === 0) return null;
  const kept = Math.max(0, later ?? 0) / Math.max(next, Number.MIN_VALUE);
  const memoryWeeks = kept >= 1 ? LONGEST_MEMORY_WEEKS : -(MEMORY_LAG_WEEKS - 1) / Math.log(Math.max(kept, Number.MIN_VALUE));
  const memory = Math.min(LONGEST_MEMORY_WEEKS, Math.max(SHORTEST_MEMORY_WEEKS, memoryWeeks));
  const steady = Math.min(variance, Math.max(0, next) * Math.exp(1 / memory));
  return { sdAh: Math.sqrt(steady), memoryWeeks: memory, noiseAh: Math.sqrt(Math.max(variance - steady, MIN_NOISE_SHARE * variance)) };
}

/** Labels are rounded and smoothed; a filter without any noise would take each as exact. */
const MIN_NOISE_SHARE = 0.02;

function medianProduct(deviations: readonly (readonly (number | null)[])[], lag: number): number | null {
  const perVehicle = deviations.flatMap((weeks) => {
    const products = weeks.flatMap((ah, week) => {
      const other = weeks[week + lag];
      return ah === null || other === null || other === undefined ? [] : [ah * other];
    });
    return products.length === 0 ? [] : [products.reduce((sum, p) => sum + p, 0) / products.length];
  });
  return perVehicle.length === 0 ? null : median(perVehicle);
}

/**
 * Where a vehicle with these deviations so far (index is the week, null where unmeasured) will be 1..`horizonWeeks` weeks after
 * the last of them. Without any measurement: 0 with the fleet's own spread. O(weeks).
 */
export function forecastDeviation(observed: readonly (number | null)[], process: MeanReversion, horizonWeeks: number): Deviation[] {
  const keep = Math.exp(-1 / process.memoryWeeks);
  const steady = process.sdAh ** 2;
  const noise = process.noiseAh ** 2;
  let meanAh = 0;
  let variance = steady;
  const age = (): void => {
    meanAh *= keep;
    variance = keep ** 2 * variance + (1 - keep ** 2) * steady;
  };
  for (const ah of observed) {
    age();
    if (ah === null) continue;
    const gain = variance / (variance + noise);
    meanAh += gain * (ah - meanAh);
    variance *= 1 - gain;
  }
  return Array.from({ length: horizonWeeks }, () => {
    age();
    return { meanAh, sdAh: Math.sqrt(variance + noise) };
  });
}
