import { medianAbsoluteDeviation } from "simple-statistics";

/** 1 / 0.6745: makes the median absolute deviation estimate the standard deviation of normal data (methods 4.1). */
const NORMAL_SCALE = 1.4826;

/**
 * Standard deviation of the bulk of `values`, unmoved by less than half of them: 1.4826 * median absolute deviation, never
 * below `floor` (the sensor's step). Empty input gives the floor. Source: Rousseeuw & Croux, JASA 88 (1993) 1273, section 1.
 */
export function robustSpread(values: readonly number[], floor: number): number {
  return values.length === 0 ? floor : Math.max(floor, NORMAL_SCALE * medianAbsoluteDeviation([...values]));
}
