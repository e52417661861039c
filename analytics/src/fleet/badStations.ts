import { betaBinomialTail } from "../stats/betaBinomialTail.ts";
import { wilsonInterval } from "../stats/wilsonInterval.ts";
import type { ChargeCounts, ChargeFleet, PlaceRecord } from "./chargeCounts.ts";
import { addCounts, NO_CHARGES, usualStops } from "./usualStops.ts";

/** A place where everybody's charges stop. */
export interface BadStation {
  readonly place: number;
  readonly vehicles: number;
  readonly charges: number;
  readonly stopped: number;
  /** Stops these charges have elsewhere in the fleet. */
  readonly expected: number;
  /** Chance of as many at a sound station, without the car that suffered most. */
  readonly tail: number;
  /** Share of the charges that stopped, 80 % interval. */
  readonly low80: number;
  readonly high80: number;
  /** Cars whose charges stopped there. */
  readonly vins: readonly string[];
}

/** So many cars have to be hit: one may be faulty itself, and a second by chance. */
const HIT_MIN = 3;
const CHARGES_MIN = 10;
/** Chance of one false station a week among all places that are looked at. */
const FALSE_A_WEEK = 0.01;
const Z80 = 1.2816;
/** Sound stations differ as well: two charges at one of them correlate by as much. */
const STATION_RHO = 0.005;

/**
 * Stations that stop everybody's charges, most certain first: without its worst car, a place's stops must be beyond the chance of the
 * fleet's usual ones (beta-binomial, Bonferroni over the places). A car that fails everywhere is taken for no station's fault.
 * @param records every place of two or more cars
 */
export function badStations(records: readonly PlaceRecord[], fleet: ChargeFleet): BadStation[] {
  return records
    .flatMap((record) => {
      const station = judge(record, fleet);
      return station !== null && station.tail <= FALSE_A_WEEK / records.length ? [station] : [];
    })
    .sort((a, b) => a.tail - b.tail);
}

/** Null where too few cars were hit to tell. */
function judge({ place, cars }: PlaceRecord, fleet: ChargeFleet): BadStation | null {
  const hit = cars.filter((car) => stopsOf(car) > 0).toSorted((a, b) => stopsOf(b) - stopsOf(a));
  const [worst] = hit;
  if (worst === undefined || hit.length < HIT_MIN) return null;
  const rest = cars.filter((car) => car !== worst);
  const others = rest.reduce(addCounts, NO_CHARGES);
  const charges = chargesOf(others);
  if (charges < CHARGES_MIN) return null;
  const mean = Math.min(usualStops(others, fleet) / charges, 0.95);
  const all = addCounts(others, worst);
  const [low80, high80] = wilsonInterval(stopsOf(all), chargesOf(all), Z80);
  return {
    ...{ place, vehicles: cars.length, charges: chargesOf(all), stopped: stopsOf(all), expected: usualStops(all, fleet) },
    ...{ tail: betaBinomialTail(stopsOf(others), charges, mean, rhoOf(rest, fleet.rho)), low80, high80, vins: hit.map(({ vin }) => vin) },
  };
}

/** Charges correlate within a car, not from car to car: the correlation over all of them that spreads their sum as widely. */
function rhoOf(cars: PlaceRecord["cars"], within: number): number {
  const counts = cars.map(chargesOf);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const squares = counts.reduce((sum, count) => sum + count * count, 0);
  return Math.max(STATION_RHO, (within * (squares / all - 1)) / (all - 1));
}

/** Latitude and longitude of a place's cell of some 100 m, degrees: the inverse of what the feature `chargeStops.place` packs. */
export function placeDegrees(place: number): readonly [latitude: number, longitude: number] {
  const latitude = Math.round(place / 1e6);
  return [latitude / 1000, (place - latitude * 1e6) / 1000];
}

function chargesOf({ acCharges, dcCharges }: ChargeCounts): number {
  return acCharges + dcCharges;
}

function stopsOf({ acStopped, dcStopped }: ChargeCounts): number {
  return acStopped + dcStopped;
}
