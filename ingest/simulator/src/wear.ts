import type { Car } from "./profile.ts";
import { createRandom, mix, type Random } from "./random.ts";

/** Tyres, 12 V battery, brake pads, cooling and charging port of a car on a day; faults bend it before the day is driven. */
export interface WearState {
  /** Pressure at 25 °C, kPa: front left, front right, rear left, rear right. */
  readonly tyreKpa25: Float64Array;
  /** When somebody last put air into all four. */
  readonly inflatedMs: number;
  /** Present capacity of the 12 V battery by that when new. */
  auxCapacityShare: number;
  /** Share of the lost capacity that is lost as charge (sulphate) and so shows at rest; the rest is resistance. */
  readonly auxSulphation: number;
  /** Error of the car's 12 V reading, V. */
  readonly auxOffsetV: number;
  /** What the sleeping car draws from it, A. */
  auxDrainA: number;
  /** Distance in which an axle's pads wear to where they are changed, and how much of it was behind them when new, km. */
  readonly padLifeKm: Float64Array;
  readonly padPhaseKm: Float64Array;
  /** Added to what the distance explains, %: front axle, rear axle. */
  readonly padExtraPct: Float64Array;
  /** Thermal resistance of the drive's cooling by that of a healthy one. */
  coolingFactor: number;
  /** Contact resistance of the charging port by that of a healthy one. */
  portFactor: number;
  /** Of what the socket gives, the on-board charger passes on this share of what a healthy one would. */
  chargerShare: number;
  /** How much less than a healthy converter's the 12 V rail of the driving car has, V. */
  railLossV: number;
  /** Chance that a charge stops before its end and has to be begun again. */
  chargeStops: number;
}

const DAY_MS = 86_400_000;
const YEAR_DAYS = 365.25;
const PADS_CHANGED_PCT = 70;

/** Wear of a healthy car on the day that begins at `startMs`, from the car and the calendar alone. */
export function healthyWear(car: Car, startMs: number): WearState {
  const random = createRandom(mix(car.seed, 41));
  const aux = createRandom(mix(car.seed, 45));
  const tyres = tyresOf(car, startMs / DAY_MS, random.between(60, 120), random.between(0, 120));
  const years = Math.max(startMs - car.builtMs, 0) / DAY_MS / YEAR_DAYS;
  return {
    ...tyres,
    ...padsOf(createRandom(mix(car.seed, 44))),
    auxCapacityShare: Math.max(1 - random.between(0.02, 0.04) * years ** 1.5, 0.6),
    auxSulphation: aux.between(0.5, 0.9),
    auxOffsetV: aux.normal(0, 0.04),
    auxDrainA: random.between(0.015, 0.035),
    padExtraPct: new Float64Array(2),
    coolingFactor: random.normal(1, 0.03),
    portFactor: random.normal(1, 0.08),
    chargerShare: 1 + createRandom(mix(car.seed, 46)).normal(0, 0.006),
    railLossV: 0,
    // A plug that was not in, a station that gave up: it happens to everybody.
    chargeStops: 0.01,
  };
}

/** Air passes through rubber at 0.10 to 0.17 kPa a day; every two to four months somebody inflates all four. */
function tyresOf(car: Car, day: number, everyDays: number, phaseDays: number): Pick<WearState, "tyreKpa25" | "inflatedMs"> {
  const turn = Math.floor((day + phaseDays) / everyDays);
  const since = day + phaseDays - turn * everyDays;
  const own = createRandom(mix(car.seed, 42));
  const fill = createRandom(mix(mix(car.seed, 43), turn));
  const wishedKpa = own.between(240, 280);
  const tyreKpa25 = Float64Array.from({ length: 4 }, () => wishedKpa + fill.normal(0, 2) - own.between(0.1, 0.17) * since);
  return { tyreKpa25, inflatedMs: (day - since) * DAY_MS };
}

/** Wear of an axle's pads after a distance, %: healthy ones are changed at 70 %, so it comes back to new. */
export function padWornPct({ padLifeKm, padPhaseKm, padExtraPct }: WearState, axle: 0 | 1, odometerKm: number): number {
  const lifeKm = padLifeKm[axle] ?? 1;
  return PADS_CHANGED_PCT * (((odometerKm + (padPhaseKm[axle] ?? 0)) / lifeKm) % 1) + (padExtraPct[axle] ?? 0);
}

/** Rear pads last longer: most of their work is done by the motor. */
function padsOf(random: Random): Pick<WearState, "padLifeKm" | "padPhaseKm"> {
  const padLifeKm = Float64Array.from([65_000, 95_000], (km) => km * Math.exp(random.normal(0, 0.3)));
  return { padLifeKm, padPhaseKm: padLifeKm.map((km) => random.between(0, km)) };
}
