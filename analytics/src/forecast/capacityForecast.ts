/**
 * Forecast of a vehicle's weekly capacity from its own first weeks and from what other vehicles of its model went through:
 * the fleet's curve, plus the vehicle's deviation from it as far as experience says that a deviation lasts. The interval is
 * the process's own, scaled so that it would have held for the fleet's vehicles, each forecast from the others (methods 1.13).
 */
import { probit, quantile } from "simple-statistics";
import { fleetCurve, type WeeklyCapacityAh } from "./fleetCurve.ts";
import { fitMeanReversion, forecastDeviation, type MeanReversion } from "./meanReversion.ts";

/** What the other vehicles taught. */
export interface CapacityFleet {
  readonly curveAh: readonly number[];
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
const REHEARSED_ORIGINS_WEEKS = [8, 16, 24, 32];
/** Fewer vehicles cannot tell a vehicle's way from the fleet's. */
const MIN_VEHICLES = 3;
/** Half-width of a normal 80 % interval in standard deviations. */
const NORMAL_HALF_WIDTH = probit((1 + COVERAGE) / 2);

/**
 * Learns a model's fleet from other vehicles' weekly capacities, for ages up to `weeks`. Null below three vehicles, or where
 * they never differ. Cost: one curve per vehicle, O(vehicles * weeks^2).
 */
export function learnCapacityFleet(vehicles: readonly WeeklyCapacityAh[], weeks: number): CapacityFleet | null {
  if (vehicles.length < MIN_VEHICLES) return null;
  const rehearsals = vehicles.map((vehicle, i) => {
    const curve = fleetCurve(
      vehicles.filter((_, k) => k !== i),
      vehicle.length,
    );
    return deviationsFrom(curve, vehicle);
  });
  const process = fitMeanReversion(rehearsals);
  if (process === null) return null;
  const misses = rehearsals.flatMap((deviations) => REHEARSED_ORIGINS_WEEKS.flatMap((origin) => missesInSds(deviations, origin, process)));
  const halfWidthSds = misses.length === 0 ? NORMAL_HALF_WIDTH : quantile(misses, COVERAGE);
  return { curveAh: fleetCurve(vehicles, weeks), process, halfWidthSds };
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

function missesInSds(deviations: readonly (number | null)[], origin: number, process: MeanReversion): number[] {
  const later = deviations.slice(origin);
  const forecast = forecastDeviation(deviations.slice(0, origin), process, later.length);
  return later.flatMap((ah, i) => {
    const expected = forecast[i];
    return ah === null || expected === undefined ? [] : [Math.abs(ah - expected.meanAh) / expected.sdAh];
  });
}
