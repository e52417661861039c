/**
 * What the fleet's vehicles had at each age: the curve along which a vehicle of the same model is expected to go. A trimmed
 * mean per week, so that one odd vehicle does not bend it, then smoothed, because the mean of a dozen vehicles still carries
 * a third of one vehicle's scatter. Older ages continue along the curve's last direction.
 */
import { leastAbsolute } from "../stats/leastAbsolute.ts";
import { localLine } from "../stats/localLine.ts";
import { linearPredictor } from "../stats/ridgeRegression.ts";
import { trimmedMean } from "../stats/trimmedMean.ts";

/** One vehicle's weekly capacity; index is the age in weeks, null where nothing was measured. */
export type WeeklyCapacityAh = readonly (number | null)[];

/** Two of twelve vehicles at either end. */
const TRIM_SHARE = 1 / 6;
/** Standard deviation of the smoothing weights, in weeks: a quarter, the scale of seasons in charging habits. */
const BANDWIDTH_WEEKS = 12;
/** A week that fewer vehicles reached says more about who is left than about ageing. */
const MIN_VEHICLES = 3;

/**
 * Expected capacity in Ah at ages 0..`weeks`-1. Ages that fewer than three vehicles (or all, where there are fewer) reached
 * are extrapolated. Empty where no vehicle has a value. O(weeks^2).
 */
export function fleetCurve(vehicles: readonly WeeklyCapacityAh[], weeks: number): number[] {
  const needed = Math.min(MIN_VEHICLES, vehicles.length);
  const longest = Math.max(0, ...vehicles.map((v) => v.length));
  const centres: [number, number][] = [];
  for (let week = 0; week < longest; week += 1) {
    const known = vehicles.flatMap((v) => v[week] ?? []);
    const centre = known.length >= needed ? trimmedMean(known, TRIM_SHARE) : null;
    if (centre !== null) centres.push([week, centre]);
  }
  return Array.from({ length: weeks }, (_, week) => localLine(centres, week, BANDWIDTH_WEEKS) ?? []).flat();
}

/** A way to draw the fleet's curve. */
export interface FleetShape {
  readonly name: string;
  curve(vehicles: readonly WeeklyCapacityAh[], weeks: number): number[];
}

/** The usual shapes of fade (methods 1.12), the flexible one first; a model's own is chosen by back-test. */
export const FLEET_SHAPES: readonly FleetShape[] = [
  { name: "smoothed mean", curve: fleetCurve },
  { name: "t^0.7", curve: (vehicles, weeks) => throughTheMiddle(vehicles, weeks, (week) => [(week + 1) ** 0.7 / 10]) },
  {
    name: "square root and line",
    curve: (vehicles, weeks) => throughTheMiddle(vehicles, weeks, (week) => [Math.sqrt(week + 1) / 10, week / 100]),
  },
];

/** Residuals below the label's own scatter are all alike, Ah. */
const SCATTER_AH = 0.3;

function throughTheMiddle(vehicles: readonly WeeklyCapacityAh[], weeks: number, basis: (week: number) => number[]): number[] {
  const points = vehicles.flatMap((vehicle) => vehicle.flatMap((ah, week) => (ah === null ? [] : [{ row: basis(week), ah }])));
  const model = leastAbsolute(
    points.map(({ row }) => row),
    points.map(({ ah }) => ah),
    SCATTER_AH,
  );
  return model === null ? fleetCurve(vehicles, weeks) : Array.from({ length: weeks }, (_, week) => linearPredictor(model, basis(week)));
}
