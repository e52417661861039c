/** Cars that charge at shared and own places, day by day as the feature SQL hands them over: whose fault stopped charges were held to be. */
import { type ChargeDay, judgeStops } from "@bellwether/analytics/detectors/chargeStops/judgeStops";
import { badStations } from "@bellwether/analytics/fleet/badStations";
import type { ChargeCounts, ChargeFleet, PlaceRecord } from "@bellwether/analytics/fleet/chargeCounts";
import { spreadOf } from "@bellwether/analytics/fleet/chargePlaces";
import { addCounts, NO_CHARGES } from "@bellwether/analytics/fleet/usualStops";
import { createRandom, mix, type Random } from "@bellwether/simulator/random";
import { groupBy } from "./groupBy.ts";

export interface CrossedStations {
  /** Faulty cars: found as the car's, out of all; of those judged at all, told right. */
  readonly faulty: number;
  readonly found: number;
  /** Cars without a fault that charge mostly at bad stations, and those of them blamed. */
  readonly visitors: number;
  readonly visitorsBlamed: number;
  readonly sound: number;
  readonly soundBlamed: number;
  /** Stations that stop everybody, those of them named, and sound stations named. */
  readonly badStations: number;
  readonly badNamed: number;
  readonly soundNamed: number;
}

const STATIONS = 60;
const BAD_STATIONS = 6;
const DAYS = 60;
const HOME = 10_000;
/** A sound car's charges stop so often at a sound station; drivers who pause and go on make single cars worse. */
const SOUND_STOPS = 0.01;
const PAUSING_DRIVERS = 0.03;
const PAUSES = 0.06;
/** The detector's setting. */
const LIMIT = 0.003;
const STOPPED_MIN = 3;

type Kind = "faulty" | "visitor" | "sound";

/** `cars` cars of which a twentieth has a fault and a tenth mostly charges at stations that stop everybody. */
export function runCrossedStations({ seed, cars }: { readonly seed: number; readonly cars: number }): CrossedStations {
  const driven = Array.from({ length: cars }, (_, i) => {
    const kind: Kind = i % 20 === 0 ? "faulty" : i % 10 === 1 ? "visitor" : "sound";
    return { kind, days: daysOf(createRandom(mix(seed, i)), kind, i) };
  });
  const fleet = fleetOf(driven.map(({ days }) => days));
  const named = badStations(recordsOf(driven.map(({ days }) => days)), fleet).map(({ place }) => place);
  const judged = driven.map(({ kind, days }) => {
    const verdict = judgeStops(days, fleet, LIMIT);
    return { kind, isBlamed: verdict.stopped >= STOPPED_MIN && (verdict.kind === "car" || verdict.kind === "unknown") };
  });
  const count = (kind: Kind) => judged.filter((one) => one.kind === kind).length;
  const blamed = (kind: Kind) => judged.filter((one) => one.kind === kind && one.isBlamed).length;
  return {
    ...{ faulty: count("faulty"), found: blamed("faulty"), visitors: count("visitor"), visitorsBlamed: blamed("visitor") },
    ...{ sound: count("sound"), soundBlamed: blamed("sound"), badStations: BAD_STATIONS },
    ...{
      badNamed: named.filter((place) => place <= BAD_STATIONS).length,
      soundNamed: named.filter((place) => place > BAD_STATIONS).length,
    },
  };
}

function daysOf(random: Random, kind: Kind, car: number): ChargeDay[] {
  const haunts = Array.from({ length: 4 }, (_, i) => {
    const isBad = kind === "visitor" && i < 3;
    return 1 + (isBad ? random.integer(0, BAD_STATIONS - 1) : random.integer(BAD_STATIONS, STATIONS - 1));
  });
  const homeShare = random.between(0, 0.7);
  const perDay = random.between(0.25, 0.9);
  const ownStops = kind === "faulty" ? random.between(0.3, 0.6) : random.chance(PAUSING_DRIVERS) ? PAUSES : SOUND_STOPS;
  return Array.from({ length: DAYS }, () => random.chance(perDay)).flatMap((isCharging) => {
    if (!isCharging) return [];
    const isHome = random.chance(kind === "visitor" ? 0.2 * homeShare : homeShare);
    const place = isHome ? HOME + car : (haunts[random.integer(0, haunts.length - 1)] ?? HOME);
    return [chargeAt(random, place, { isHome, ownStops })];
  });
}

function chargeAt(random: Random, place: number, { isHome, ownStops }: { readonly isHome: boolean; readonly ownStops: number }): ChargeDay {
  const stationStops = place <= BAD_STATIONS ? 0.3 : 0;
  const stopped = random.chance(1 - (1 - ownStops) * (1 - stationStops)) ? 1 : 0;
  return isHome ? { ...NO_CHARGES, place, acCharges: 1, acStopped: stopped } : { ...NO_CHARGES, place, dcCharges: 1, dcStopped: stopped };
}

function ratesOf(days: readonly ChargeDay[]): readonly [stopped: number, charges: number] {
  return [days.reduce((sum, day) => sum + day.acStopped + day.dcStopped, 0), days.length];
}

/** Every place of two or more cars, car by car. */
function recordsOf(cars: readonly (readonly ChargeDay[])[]): PlaceRecord[] {
  const visits = cars.flatMap((days, car) =>
    [...groupBy(days, ({ place }) => String(place))].map(([name, own]) => ({
      name,
      vin: String(car),
      ...own.reduce(addCounts, NO_CHARGES),
    })),
  );
  const places = [...groupBy(visits, ({ name }) => name)].filter(([, own]) => own.length > 1);
  return places.map(([name, own]) => ({ place: Number(name), cars: own }));
}

/** What the weekly statement over `daily_features` would say. */
function fleetOf(cars: readonly (readonly ChargeDay[])[]): ChargeFleet {
  const places = new Map<number, ChargeCounts & { vehicles: number }>();
  const visits = cars.flatMap((days, car) => days.map((day) => ({ car, day })));
  const seen = new Set<string>();
  for (const { car, day } of visits) {
    const place = day.place ?? 0;
    const before = places.get(place) ?? { ...NO_CHARGES, vehicles: 0 };
    const isNew = !seen.has(`${car}/${place}`);
    seen.add(`${car}/${place}`);
    places.set(place, { ...addCounts(before, day), vehicles: before.vehicles + (isNew ? 1 : 0) });
  }
  const total = visits.reduce((sum, { day }) => addCounts(sum, day), NO_CHARGES);
  return {
    fleet: { ...total, vehicles: cars.length },
    rho: spreadOf(cars.map(ratesOf)),
    places: new Map([...places].filter(([, { vehicles }]) => vehicles >= 2)),
  };
}
