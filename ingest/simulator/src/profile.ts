import type { Vin } from "@bellwether/contracts/vin";
import { makeVin } from "./makeVin.ts";
import { MODELS, type VehicleModel } from "./models.ts";
import type { Chemistry } from "./ocv.ts";
import { createRandom, mix, type Random } from "./random.ts";
import { REGIONS, type Region } from "./regions.ts";

/** Master data of a simulated car: what a maker knows about it. No personal data. */
export interface VehicleProfile {
  readonly vin: Vin;
  readonly model: string;
  readonly chemistry: Chemistry;
  readonly nominalAh: number;
  readonly cells: number;
  readonly probes: number;
  readonly edition: 2016 | 2025;
  readonly region: string;
  readonly climate: Region["climate"];
  readonly homeDealerId: string;
  /** UTC date, YYYY-MM-DD. */
  readonly builtOn: string;
  readonly usage: "private" | "taxi";
}

/** How the car is used and charged; times are seconds after 00:00 UTC, which is 08:00 in Beijing. */
export interface Habits {
  readonly idleDayShare: number;
  readonly tripsPerDay: readonly [min: number, max: number];
  readonly tripKm: readonly [median: number, spread: number];
  /** Charges in the evening when the state of charge is below this. */
  readonly chargeBelowSoc: number;
  readonly usualTargetSoc: number;
  /** Share of evening charges that go to 100 %. */
  readonly fullChargeShare: number;
  readonly acKw: number;
  readonly dcKw: number;
  /** Share of evening charges done at a fast charger. */
  readonly dcShare: number;
}

/** A car as the simulator knows it: the profile plus what nobody outside would know. */
export interface Car {
  readonly profile: VehicleProfile;
  readonly seed: number;
  readonly model: VehicleModel;
  readonly region: Region;
  readonly habits: Habits;
  readonly builtMs: number;
  /** Capacity when new, as a share of nominal. */
  readonly capacityWhenNew: number;
  /** Capacity lost per square root of a year. */
  readonly fadePerRootYear: number;
  readonly currentGain: number;
  readonly currentOffsetA: number;
  readonly insulationKohm: number;
  readonly insulationWetFactor: number;
  readonly kmPerDay: number;
  readonly homeLatitudeDeg: number;
  readonly homeLongitudeDeg: number;
}

const DAY_MS = 86_400_000;
/** √2: a yearly rate quoted for two-year-old cars becomes the factor of √t (methods 1.12: fade goes with √t). */
const RATE_TO_ROOT = Math.SQRT2;

/** Makes the car number `index` (from 0) of the fleet; the same for the same seed, whatever the fleet's size. */
export function createCar(fleetSeed: number, index: number, startMs: number): Car {
  const seed = mix(mix(fleetSeed, 101), index);
  const random = createRandom(seed);
  const model = pickModel(random);
  const place = random.pick(REGIONS);
  const ageDays = random.integer(30, model.isTaxi ? 900 : 1300);
  const builtMs = Math.floor(startMs / DAY_MS - ageDays) * DAY_MS;
  const builtOn = new Date(builtMs).toISOString().slice(0, 10);
  const habits = model.isTaxi ? taxiHabits(random) : privateHabits(random, model.chemistry);
  const yearlyFade = model.isTaxi ? random.normal(0.06, 0.008) : random.normal(0.02, 0.005);
  return {
    profile: {
      vin: makeVin(model.vds, Number(builtOn.slice(0, 4)), index + 1),
      model: model.name,
      chemistry: model.chemistry,
      nominalAh: model.nominalAh,
      cells: model.modules * model.cellsPerModule,
      probes: model.probes,
      edition: model.edition,
      region: place.id,
      climate: place.climate,
      homeDealerId: random.pick(place.dealers),
      builtOn,
      usage: model.isTaxi ? "taxi" : "private",
    },
    seed,
    model,
    region: place,
    habits,
    builtMs,
    capacityWhenNew: random.normal(0.995, 0.006),
    fadePerRootYear: Math.max(yearlyFade, 0.008) * RATE_TO_ROOT,
    currentGain: random.normal(1, 0.004),
    currentOffsetA: random.normal(0, 0.15),
    insulationKohm: 10 ** random.between(3.4, 4.3),
    insulationWetFactor: random.between(0.3, 0.6),
    kmPerDay: model.isTaxi ? 230 : 42,
    homeLatitudeDeg: place.latitudeDeg + random.normal(0, 0.08),
    homeLongitudeDeg: place.longitudeDeg + random.normal(0, 0.1),
  };
}

/** Share of nominal capacity a healthy pack of this car still has at a time. */
export function healthyCapacityShare(car: Car, timeMs: number): number {
  const years = Math.max(timeMs - car.builtMs, 0) / (365.25 * DAY_MS);
  return car.capacityWhenNew - car.fadePerRootYear * Math.sqrt(years);
}

function pickModel(random: Random): VehicleModel {
  let rest = random.unit() * MODELS.reduce((sum, m) => sum + m.weight, 0);
  for (const candidate of MODELS) {
    rest -= candidate.weight;
    if (rest < 0) return candidate;
  }
  return MODELS[0];
}

function privateHabits(random: Random, chemistry: Chemistry): Habits {
  return {
    idleDayShare: random.between(0.04, 0.2),
    tripsPerDay: [1, 3],
    tripKm: [random.between(11, 22), 0.55],
    chargeBelowSoc: random.between(0.25, 0.5),
    usualTargetSoc: random.pick([0.8, 0.8, 0.85, 0.9]),
    // Makers of LFP cars ask for a full charge regularly.
    fullChargeShare: chemistry === "LFP" ? random.between(0.4, 0.8) : random.between(0.05, 0.35),
    acKw: random.pick([7, 7, 7, 11, 3.3]),
    dcKw: random.between(60, 110),
    dcShare: random.between(0.05, 0.3),
  };
}

function taxiHabits(random: Random): Habits {
  return {
    idleDayShare: 0.02,
    tripsPerDay: [5, 7],
    tripKm: [random.between(26, 36), 0.35],
    chargeBelowSoc: 0.75,
    usualTargetSoc: 0.95,
    fullChargeShare: random.between(0.2, 0.5),
    acKw: 11,
    dcKw: random.between(90, 120),
    dcShare: 0.5,
  };
}
