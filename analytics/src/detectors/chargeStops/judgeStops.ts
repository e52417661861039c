import type { ChargeCounts, ChargeFleet } from "../../fleet/chargeCounts.ts";
import { ASSUMED_STOPS, addCounts, NO_CHARGES, usualStops } from "../../fleet/usualStops.ts";
import { betaBinomialTail } from "../../stats/betaBinomialTail.ts";

/** One day's charging at its place. */
export interface ChargeDay extends ChargeCounts {
  readonly place: number | null;
}

/** A place's own record counts for as much as the fleet's once so many stops would have been usual there. */
const PLACE_WEIGHT = 1;
/** So many charges of other cars say that a place is sound. */
const SOUND_CHARGES_MIN = 10;
const SOUND_TIMES_MAX = 2;
const ELSEWHERE_MIN = 5;

/** Whose fault it is that charges stop. */
export interface StopsVerdict {
  /** `usual`: no more than chance; `unknown`: stops at its only place, where nobody else charges. */
  readonly kind: "car" | "station" | "unknown" | "usual";
  readonly charges: number;
  readonly stopped: number;
  /** Stops that these charges at these places would have had in a sound car. */
  readonly expected: number;
  /** Chance of so many stops in a sound car at these places. */
  readonly tail: number;
  readonly places: number;
  readonly badPlaces: number;
  readonly isFleetKnown: boolean;
}

/**
 * Tells a car whose charges stop from stations where everybody's do: what its charges would have suffered at the same places in a sound
 * car, by the other cars' record there drawn towards the fleet's, against what they did (beta-binomial; cars differ).
 * @param days one row per day with charges; the car's own are taken out of the places' record
 * @param limit chance below which it is the car
 */
export function judgeStops(days: readonly ChargeDay[], fleet: ChargeFleet | null, limit: number): StopsVerdict {
  const own = byPlace(days);
  const total = days.reduce(addCounts, NO_CHARGES);
  const [charges, stopped] = [total.acCharges + total.dcCharges, total.acStopped + total.dcStopped];
  const expectedAt = (counts: ChargeCounts, place: number | null) => usualStops(counts, fleet) * placeFactor(place, own, fleet);
  const expected = [...own].reduce((sum, [place, counts]) => sum + expectedAt(counts, place), 0);
  const rho = fleet?.rho ?? ASSUMED_STOPS.rho;
  const chance = (mean: number) => (charges === 0 ? 1 : betaBinomialTail(stopped, charges, Math.min(mean / charges, 0.95), rho));
  const tail = chance(expected);
  const bad = [...own].filter(([, counts]) => counts.acStopped + counts.dcStopped > 0).map(([place]) => place);
  const found = { charges, stopped, expected, tail, places: own.size, badPlaces: bad.length, isFleetKnown: fleet !== null };
  if (tail > limit) {
    const isOften = chance(usualStops(total, fleet)) <= limit;
    return { kind: isOften ? "station" : "usual", ...found };
  }
  if (bad.length > 1) return { kind: "car", ...found };
  const [only = null] = bad;
  if (only !== null && isSound(only, own, fleet)) return { kind: "car", ...found };
  const there = own.get(only) ?? NO_CHARGES;
  const elsewhere = charges - there.acCharges - there.dcCharges;
  return { kind: elsewhere >= ELSEWHERE_MIN ? "station" : "unknown", ...found };
}

function byPlace(days: readonly ChargeDay[]): ReadonlyMap<number | null, ChargeCounts> {
  const places = new Map<number | null, ChargeCounts>();
  for (const day of days) places.set(day.place, addCounts(places.get(day.place) ?? NO_CHARGES, day));
  return places;
}

/** How many times the usual the other cars' charges stop at a place, drawn towards 1. */
function placeFactor(place: number | null, own: ReadonlyMap<number | null, ChargeCounts>, fleet: ChargeFleet | null): number {
  const others = othersAt(place, own, fleet);
  return (others.acStopped + others.dcStopped + PLACE_WEIGHT) / (usualStops(others, fleet) + PLACE_WEIGHT);
}

/** The other cars' charges at a place; the record is a week old at most, the car's own days may be younger. */
function othersAt(place: number | null, own: ReadonlyMap<number | null, ChargeCounts>, fleet: ChargeFleet | null): ChargeCounts {
  const all = place === null ? undefined : fleet?.places.get(place);
  const mine = own.get(place) ?? NO_CHARGES;
  if (all === undefined) return NO_CHARGES;
  return {
    acCharges: Math.max(all.acCharges - mine.acCharges, 0),
    acStopped: Math.max(all.acStopped - mine.acStopped, 0),
    dcCharges: Math.max(all.dcCharges - mine.dcCharges, 0),
    dcStopped: Math.max(all.dcStopped - mine.dcStopped, 0),
  };
}

function isSound(place: number, own: ReadonlyMap<number | null, ChargeCounts>, fleet: ChargeFleet | null): boolean {
  const others = othersAt(place, own, fleet);
  return others.acCharges + others.dcCharges >= SOUND_CHARGES_MIN && placeFactor(place, own, fleet) < SOUND_TIMES_MAX;
}
