/** Sets of tyres over their whole life, day by day as the feature SQL hands them over: when the rolling radius said they are worn, and what was left. */
import { type RollingDay, treadWear } from "@bellwether/analytics/detectors/tread/treadWear";
import { createRandom, mix, type Random } from "@bellwether/simulator/random";

export interface TreadLives {
  /** |said - true| of the tread when it was first held to be low, mm, sorted. */
  readonly errorsMm: readonly number[];
  /** Sets that wore to 2 mm and were known before. */
  readonly worn: number;
  readonly known: number;
  /** Sets held to be low with more than 4.5 mm left. */
  readonly early: number;
  readonly sets: number;
  readonly carYears: number;
}

const NEW_MM = 8;
const WORN_MM = 2;
const EARLY_MM = 4.5;
const ADVICE_MM = 3;
const SURELY_BELOW_MM = 4;
const Z80 = 1.2816;
const PCT_PER_MM = 1.9 / 6.4;
const DAYS_MAX = 1095;
/** Receiver and odometer step at both ends of a stretch, km. */
const STRETCH_ERROR_KM = 0.045;
const LOOK_EVERY_DAYS = 14;

/** Cars that begin with new tyres; a third drives a winter set of a slightly other size for five months of the year. */
export function runTreadLives({ seed, cars }: { readonly seed: number; readonly cars: number }): TreadLives {
  const lived = Array.from({ length: cars }, (_, i) => live(createRandom(mix(seed, i))));
  return {
    errorsMm: lived.flatMap(({ errorMm }) => (errorMm === null ? [] : [errorMm])).sort((a, b) => a - b),
    worn: lived.filter(({ isWorn }) => isWorn).length,
    known: lived.filter(({ isWorn, saidMm }) => isWorn && saidMm !== null).length,
    early: lived.filter(({ saidMm }) => saidMm !== null && saidMm > EARLY_MM).length,
    sets: cars,
    carYears: lived.reduce((sum, { days }) => sum + days, 0) / 365.25,
  };
}

interface Life {
  readonly days: number;
  readonly isWorn: boolean;
  /** True tread when it was first held to be low. */
  readonly saidMm: number | null;
  readonly errorMm: number | null;
}

interface Car {
  readonly kmPerDay: number;
  readonly fastShare: number;
  readonly mmPerKm: number;
  /** What the odometer counts too much, share, and the other set's radius, %. */
  readonly calibration: number;
  readonly winterPct: number;
  readonly hasPressure: boolean;
}

function live(random: Random): Life {
  const car: Car = {
    kmPerDay: 45 * Math.exp(random.normal(0, 0.6)),
    fastShare: random.between(0.05, 0.5),
    mmPerKm: (6 / 40_000) * Math.exp(random.normal(0, 0.3)),
    calibration: 1 + random.normal(0, 0.01),
    winterPct: random.chance(1 / 3) ? random.normal(0, 0.5) : 0,
    hasPressure: random.chance(0.7),
  };
  const rolling: RollingDay[] = [];
  let km = random.between(0, 60_000);
  let treadMm = NEW_MM;
  for (let day = 0; day < DAYS_MAX; day++) {
    const drivenKm = car.kmPerDay * Math.exp(random.normal(0, 0.7));
    km += drivenKm;
    treadMm -= drivenKm * car.mmPerKm;
    if (treadMm < WORN_MM) return { days: day, isWorn: true, saidMm: null, errorMm: null };
    const fastKm = random.chance(0.3) ? 3 * drivenKm * car.fastShare : 0;
    if (fastKm >= 5) rolling.push(rollingDay(random, car, { day, fastKm, km, treadMm }));
    if (day % LOOK_EVERY_DAYS > 0) continue;
    const verdict = treadWear(rolling);
    if (verdict === null || verdict.treadMm > ADVICE_MM || verdict.treadMm + Z80 * verdict.seMm > SURELY_BELOW_MM) continue;
    // Known of a set that would have worn down.
    return { days: day, isWorn: true, saidMm: treadMm, errorMm: Math.abs(verdict.treadMm - treadMm) };
  }
  return { days: DAYS_MAX, isWorn: false, saidMm: null, errorMm: null };
}

function rollingDay(
  random: Random,
  car: Car,
  { day, fastKm, km, treadMm }: { readonly day: number; readonly fastKm: number; readonly km: number; readonly treadMm: number },
): RollingDay {
  const isWinter = day % 365 > 215;
  const kpa = 250 + 12 * Math.sin((2 * Math.PI * day) / 365) - 0.13 * (day % 90);
  const radiusPct = -(NEW_MM - treadMm) * PCT_PER_MM + (kpa - 250) * 0.01 + (isWinter ? car.winterPct : 0);
  const stretches = Math.max(Math.round(fastKm / 12), 1);
  const gpsKm = fastKm * (1 - Math.abs(random.normal(0, 0.0004)));
  const odoKm = (fastKm * car.calibration) / (1 + radiusPct / 100) + random.normal(0, STRETCH_ERROR_KM * Math.sqrt(stretches));
  return { day: String(day), gpsKm, odoKm, stretches, tyreKpa: car.hasPressure ? kpa : null, odometerKm: km };
}
