/**
 * Forecast of a vehicle's weekly capacity from its own first weeks and from what other vehicles of its model went through:
 * the fleet's curve, plus the vehicle's deviation from it as far as experience says that a deviation lasts. The interval is
 * the process's own, scaled so that it would have held for the fleet's vehicles, each forecast from the others (methods 1.13).
 */
import { mean, probit, quantile } from "simple-statistics";
import { FLEET_SHAPES, type FleetShape, type WeeklyCapacityAh } from "./fleetCurve.ts";
import { fitMeanReversion, forecastDeviation, type MeanReversion } from "./meanReversion.ts";

/** What the other vehicles taught. */
export interface CapacityFleet {
  readonly curveAh: readonly number[];
  /** Name of the shape that forecast the fleet's own vehicles best. */
  readonly shape: string;
  readonly process: MeanReversion;
  /** Half-width of the 80 % interval in standard deviations of the process. */
  readonly halfWidthSds: number;
}

export interface CapacityForecast {
  readonly week: number;
  readonly capacityAh: number;
  readonly low80Ah: number;
  readonly high80Ah: number;
}

const COVERAGE = 0.8;
/** Ages at which the fleet's vehicles are forecast from the others to scale the interval. */
const FIRST_ORIGIN_WEEKS = 8;
const REHEARSED_ORIGINS_WEEKS = [FIRST_ORIGIN_WEEKS, 16, 24, 32];
/** Fewer vehicles cannot tell a vehicle's way from the fleet's. */
const MIN_VEHICLES = 3;
/** Half-width of a normal 80 % interval in standard deviations. */
const NORMAL_HALF_WIDTH = probit((1 + COVERAGE) / 2);

/** Vehicles rehearsed at most: each costs a curve from the others. */
const REHEARSED_VEHICLES_MAX = 40;

/**
 * Learns a model's fleet from other vehicles' weekly capacities, for ages up to `weeks`: of several shapes the one that forecast
 * the fleet's own vehicles best, each from the others. Null below three vehicles, or where they never differ.
 * Cost: up to 40 curves per shape, O(vehicles * weeks) each, O(weeks^2) for the smoothed one.
 */
export function learnCapacityFleet(vehicles: readonly WeeklyCapacityAh[], weeks: number): CapacityFleet | null {
  if (vehicles.length < MIN_VEHICLES) return null;
  const rehearsed = FLEET_SHAPES.flatMap((shape) => rehearse(shape, vehicles) ?? []);
  const [best] = rehearsed.sort((a, b) => a.error - b.error);
  if (best === undefined) return null;
  const { shape, process, misses } = best;
  const halfWidthSds = misses.length === 0 ? NORMAL_HALF_WIDTH : studentFactor(vehicles, process) * quantile([...misses], COVERAGE);
  return { curveAh: shape.curve(vehicles, weeks), shape: shape.name, process, halfWidthSds };
}

/**
 * Weeks of one vehicle are no independent witnesses of the interval's width: each stretch of twice the process's memory counts as one.
 * As wide as Student's 90 % quantile against the normal one; 7 % wider with six cars of two years.
 */
function studentFactor(vehicles: readonly WeeklyCapacityAh[], { memoryWeeks }: MeanReversion): number {
  const stretches = vehicles.reduce((sum, { length }) => sum + Math.max(1, (length - FIRST_ORIGIN_WEEKS) / (2 * memoryWeeks)), 0);
  return 1 + (NORMAL_HALF_WIDTH ** 2 + 1) / (4 * (stretches - 1));
}

interface Rehearsal {
  readonly shape: FleetShape;
  readonly process: MeanReversion;
  /** Mean absolute error in Ah over all rehearsed forecasts. */
  readonly error: number;
  /** Absolute errors in standard deviations of the process. */
  readonly misses: readonly number[];
}

/** Every vehicle forecast from the others along curves of `shape`. */
function rehearse(shape: FleetShape, vehicles: readonly WeeklyCapacityAh[]): Rehearsal | null {
  const step = Math.ceil(vehicles.length / REHEARSED_VEHICLES_MAX);
  const deviations = vehicles.flatMap((vehicle, i) => {
    if (i % step !== 0) return [];
    const curve = shape.curve(
      vehicles.filter((_, k) => k !== i),
      vehicle.length,
    );
    return [deviationsFrom(curve, vehicle)];
  });
  const process = fitMeanReversion(deviations);
  if (process === null) return null;
  const misses = deviations.flatMap((own) => REHEARSED_ORIGINS_WEEKS.flatMap((origin) => missesAt(own, origin, process)));
  const error = misses.length === 0 ? 0 : mean(misses.map(({ ah }) => ah));
  return { shape, process, error, misses: misses.map(({ sds }) => sds) };
}

/** The weeks after `observed` (index is the age in weeks, null where unmeasured), up to the fleet's last. */
export function forecastCapacity(fleet: CapacityFleet, observed: WeeklyCapacityAh): CapacityForecast[] {
  const later = fleet.curveAh.slice(observed.length);
  const deviations = forecastDeviation(deviationsFrom(fleet.curveAh, observed), fleet.process, later.length);
  return later.map((curveAh, i) => {
    const { meanAh, sdAh } = deviations[i] ?? { meanAh: 0, sdAh: fleet.process.sdAh };
    const capacityAh = curveAh + meanAh;
    const half = fleet.halfWidthSds * sdAh;
    return { week: observed.length + i, capacityAh, low80Ah: capacityAh - half, high80Ah: capacityAh + half };
  });
}

function deviationsFrom(curve: readonly number[], vehicle: WeeklyCapacityAh): (number | null)[] {
  return vehicle.map((ah, week) => {
    const expected = curve[week];
    return ah === null || expected === undefined ? null : ah - expected;
  });
}

interface ForecastMiss {
  readonly ah: number;
  readonly sds: number;
}

function missesAt(deviations: readonly (number | null)[], origin: number, process: MeanReversion): ForecastMiss[] {
  const later = deviations.slice(origin);
  const forecast = forecastDeviation(deviations.slice(0, origin), process, later.length);
  return later.flatMap((ah, i) => {
    const expected = forecast[i];
    if (ah === null || expected === undefined) return [];
    const miss = Math.abs(ah - expected.meanAh);
    return [{ ah: miss, sds: miss / expected.sdAh }];
  });
}
