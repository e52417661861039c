/** Brake pads without sensors, by braking energy: wear per energy learnt from other cars of the models, then what the kilometres left were worth. */
import {
  AXLE_SHARE,
  type AxleWear,
  learnPadWear,
  padEnergyLife,
  type WearObservation,
} from "@bellwether/analytics/detectors/brake/padEnergy";
import { createRandom, mix, type Random } from "@bellwether/simulator/random";

export interface PadEnergyLives {
  /** |said / true - 1| of the distance from new to the limit, sorted: ours, and the models' mean distance. */
  readonly errors: readonly number[];
  readonly byDistance: readonly number[];
  /** Pads whose 80 % interval of the kilometres left, a fifth before the limit, held the truth. */
  readonly covered: number;
  /** Pads advised about with more than half of them left. */
  readonly early: number;
  readonly pads: number;
}

const MODELS = 8;
/** Cars of a model that teach: half the models measure their pads, a quarter is known by repair orders, the rest by the fleet. */
const TEACHERS = 40;
const REPAIRED = 6;
/** Friction energy on the front axle per 1,000 km: regeneration, hills and drivers make cars of a model differ. */
const MJ_PER_1000_KM = 28;
const DRIVER_SPREAD = 0.45;
/** What the feature SQL gets wrong of it: slopes, wind, load, reports that miss a pulse. */
const MEASURE_SPREAD = 0.12;
const MATERIAL_SPREAD = 0.18;
const MODEL_SPREAD = 0.3;
const PCT_PER_MJ = 0.045;
/** Routes and drivers change in the course of a pad's life. */
const CHANGE_SPREAD = 0.12;
const ADVICE_KM = 5_000;
const WORN_PCT_MIN = 80;

interface SimulatedCar {
  readonly model: string;
  /** True wear per 1,000 km and energy as it is watched, front axle. */
  readonly pctPer1000Km: number;
  readonly watchedMj: number;
}

export function runPadEnergyLives({ seed, pads }: { readonly seed: number; readonly pads: number }): PadEnergyLives {
  const random = createRandom(mix(seed, 1));
  const models = Array.from({ length: MODELS }, (_, i) => ({
    name: `m${i}`,
    pctPerMj: PCT_PER_MJ * Math.exp(random.normal(0, MODEL_SPREAD)),
  }));
  const carOf = (i: number) => newCar(random, models[i % MODELS] ?? { name: "", pctPerMj: PCT_PER_MJ });
  const teachers = Array.from({ length: MODELS * TEACHERS }, (_, i) => carOf(i));
  const rows = learnPadWear(teachers.flatMap((car, i) => taught(car, i)));
  const wearOf = (model: string): AxleWear => {
    const row = rows.find((one) => one.model === model) ?? rows.find((one) => one.model === "");
    return {
      pctPerMj: row?.pctPerMj ?? 0,
      spread: row?.spread ?? 0,
      bySensor: 0,
      byRepair: 0,
      of: row?.model === model ? "model" : "fleet",
    };
  };
  const meanKm = 100_000 / (teachers.reduce((sum, car) => sum + car.pctPer1000Km, 0) / teachers.length);
  const judged = Array.from({ length: pads }, (_, i) => judgeOne(random, carOf(i), wearOf));
  return {
    errors: judged.map(({ error }) => error).sort((a, b) => a - b),
    byDistance: judged.map(({ lifeKm }) => Math.abs(meanKm / lifeKm - 1)).sort((a, b) => a - b),
    covered: judged.filter(({ isCovered }) => isCovered).length,
    early: judged.filter(({ isEarly }) => isEarly).length,
    pads,
  };
}

function newCar(random: Random, { name, pctPerMj }: { readonly name: string; readonly pctPerMj: number }): SimulatedCar {
  const mj = MJ_PER_1000_KM * Math.exp(random.normal(0, DRIVER_SPREAD));
  const pctPer1000Km = mj * pctPerMj * Math.exp(random.normal(0, MATERIAL_SPREAD));
  return { model: name, pctPer1000Km, watchedMj: mj * Math.exp(random.normal(0, MEASURE_SPREAD)) };
}

function taught({ model, pctPer1000Km, watchedMj }: SimulatedCar, index: number): WearObservation[] {
  const number = index % MODELS;
  const pctPerMj = pctPer1000Km / watchedMj;
  if (number < MODELS / 2) return [{ model, axle: "front", pctPerMj, by: "sensor" }];
  // Changed at 70 to 100 %, taken for 85.
  const at = 70 + ((index * 7) % 31);
  const isKnown = number < (3 * MODELS) / 4 && index < MODELS * REPAIRED;
  return isKnown ? [{ model, axle: "front", pctPerMj: (pctPerMj * 85) / at, by: "repair" }] : [];
}

function judgeOne(random: Random, car: SimulatedCar, wearOf: (model: string) => AxleWear) {
  const lifeKm = (100_000 / car.pctPer1000Km) * Math.exp(random.normal(0, CHANGE_SPREAD));
  const lifeAt = (odometerKm: number) =>
    padEnergyLife(
      { frictionMj: car.watchedMj / AXLE_SHARE.front, km: 1000, relativeError: 0.05, odometerKm, changedAtKm: 0 },
      "front",
      wearOf(car.model),
    );
  const late = lifeAt(0.8 * lifeKm);
  const half = lifeAt(0.5 * lifeKm);
  return {
    lifeKm,
    error: Math.abs(late.lifeKm / lifeKm - 1),
    isCovered: late.kmLow80 <= 0.2 * lifeKm && 0.2 * lifeKm <= late.kmHigh80,
    isEarly: half.kmLeft <= ADVICE_KM && half.wornPct >= WORN_PCT_MIN,
  };
}
