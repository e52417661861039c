import type { Pack } from "./pack.ts";
import { type Car, healthyCapacityShare } from "./profile.ts";
import { createRandom, mix } from "./random.ts";
import { weatherOf } from "./regions.ts";
import { healthyWear, type WearState } from "./wear.ts";

/** One car on one day: everything that does not change within it. Faults bend it before the day is driven. */
export interface DayState {
  readonly car: Car;
  readonly dayIndex: number;
  /** 00:00 UTC of the day. */
  readonly startMs: number;
  readonly seed: number;
  readonly ambientC: number;
  readonly isWet: boolean;
  /** Capacity of each cell, Ah. */
  readonly cellCapacityAh: Float64Array;
  /** Charge of each cell above or below the pack's, as a share of its capacity. */
  readonly cellSocOffset: Float64Array;
  readonly cellResistanceFactor: Float64Array;
  insulationKohm: number;
  readonly wear: WearState;
  /** The management system's error: shown = true + offset + tilt × (true − 0.5). */
  readonly socOffset: number;
  readonly socTilt: number;
  readonly headingRad: number;
}

const DAY_MS = 86_400_000;
/** The cells' slow wander: one full swing in this many days. */
const WANDER_DAYS = 37;

/** The healthy state of a car on the day that starts at `startMs`. */
export function healthyDay(fleetSeed: number, car: Car, pack: Pack, dayIndex: number, startMs: number): DayState {
  const seed = mix(mix(car.seed, 31), dayIndex);
  const random = createRandom(mix(seed, 1));
  const { ambientC, isWet } = weatherOf(fleetSeed, car.region, startMs);
  const capacityAh = car.profile.nominalAh * healthyCapacityShare(car, startMs + DAY_MS / 2);
  const turn = (2 * Math.PI * (startMs / DAY_MS)) / WANDER_DAYS;
  const wander = (cell: number): number => (pack.wanderSoc[cell] ?? 0) * Math.sin(turn + (pack.wanderPhase[cell] ?? 0));
  return {
    car,
    dayIndex,
    startMs,
    seed,
    ambientC,
    isWet,
    cellCapacityAh: pack.capacityShare.map((share) => share * capacityAh),
    cellSocOffset: pack.socOffset.map((offset, cell) => offset + wander(cell)),
    cellResistanceFactor: pack.resistanceFactor.slice(),
    insulationKohm: car.insulationKohm * (isWet ? car.insulationWetFactor : 1) * Math.exp(random.normal(0, 0.04)),
    wear: healthyWear(car, startMs),
    socOffset: random.normal(0, 0.006),
    socTilt: random.normal(0, 0.008),
    headingRad: random.between(0, 2 * Math.PI),
  };
}

/** Capacity of the pack: cells are in series, so the smallest one decides, Ah. */
export function packCapacityAh(day: DayState): number {
  return day.cellCapacityAh.reduce((low, ah) => Math.min(low, ah), Number.POSITIVE_INFINITY);
}

/** The state of charge the car shows, whole percent, from the true one as a fraction. */
export function shownSocPct(day: DayState, soc: number): number {
  const shown = soc + day.socOffset * taper(soc) + day.socTilt * (soc - 0.5) * taper(soc);
  return Math.min(Math.max(Math.floor(100 * shown + 0.5), 0), 100);
}

/** The error vanishes near full charge, where the management system knows. */
function taper(soc: number): number {
  return Math.min(Math.max((1 - soc) / 0.05, 0), 1);
}
