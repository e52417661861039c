/**
 * What a unit's sensors say about its wear, cycle by cycle and with constant memory: the smoothed level of each sensor, its recent
 * movement, the products of levels (wear shows in several sensors at once), movement squared and times the level (wear speeds up
 * towards the end), and the cycles run.
 */

export interface SensorScale {
  /** Position of the sensor in a cycle's row. */
  readonly column: number;
  readonly centre: number;
  readonly spread: number;
}

/** Weight of the newest cycle in the level: about the last 20 cycles count. */
const LEVEL_WEIGHT = 0.1;
/** And in the slow level that the movement is measured against: about 100 cycles. */
const SLOW_WEIGHT = 0.02;
/** Cycles beyond this add nothing: units that old differ by their wear, not by their count. */
const CYCLES_LIMIT = 300;

/**
 * One row of features per cycle of `cycles` (rows of sensor values, oldest first), each from that cycle and earlier ones only.
 * A value that is missing or not finite leaves the sensor's level where it was; a row without values is a cycle run unseen.
 * O(cycles * sensors^2).
 */
export function* degradationFeatures(cycles: Iterable<readonly number[]>, sensors: readonly SensorScale[]): Generator<number[]> {
  const level = sensors.map(() => 0);
  const slow = sensors.map(() => 0);
  const seen = sensors.map(() => 0);
  let count = 0;
  for (const cycle of cycles) {
    count += 1;
    for (const [i, { column, centre, spread }] of sensors.entries()) {
      const value = ((cycle[column] ?? Number.NaN) - centre) / spread;
      if (!Number.isFinite(value)) continue;
      const values = (seen[i] ?? 0) + 1;
      seen[i] = values;
      level[i] = towards(level[i] ?? 0, value, Math.max(LEVEL_WEIGHT, 1 / values));
      slow[i] = towards(slow[i] ?? 0, value, Math.max(SLOW_WEIGHT, 1 / values));
    }
    yield featuresOf(level, slow, count);
  }
}

/** The features of sensors' levels and of the number of cycles run. */
function featuresOf(level: readonly number[], slow: readonly number[], count: number): number[] {
  const features = [...level];
  for (const [i, value] of level.entries()) {
    const movement = value - (slow[i] ?? 0);
    features.push(movement, movement * value, movement * movement);
  }
  for (let i = 0; i < level.length; i += 1) {
    for (let j = i; j < level.length; j += 1) features.push((level[i] ?? 0) * (level[j] ?? 0));
  }
  features.push(Math.min(count, CYCLES_LIMIT) / 100);
  return features;
}

function towards(from: number, to: number, weight: number): number {
  return from + weight * (to - from);
}
