/** Remaining distance of brake pads nobody measures, from the energy they take up (methods 3.2). */

export const AXLES = ["front", "rear"] as const;
export type Axle = (typeof AXLES)[number];

/**
 * Share of the friction energy an axle takes: weight moves forward under braking, so makers give the front axle some two thirds. Wear per
 * energy is learnt with the same shares, so an error in them cancels within a model.
 */
export const AXLE_SHARE: Readonly<Record<Axle, number>> = { front: 0.66, rear: 0.34 };

/** How fast an axle's pads wear on what they take up. */
export interface AxleWear {
  readonly pctPerMj: number;
  /** Standard deviation of its logarithm between cars. */
  readonly spread: number;
  /** Cars it was learnt from, by pad sensors and by repair orders. */
  readonly bySensor: number;
  readonly byRepair: number;
  /** The car's own model, or the whole fleet where its model teaches nothing. */
  readonly of: "model" | "fleet";
}

/** What one car teaches. */
export interface WearObservation {
  readonly model: string;
  readonly axle: Axle;
  readonly pctPerMj: number;
  readonly by: "sensor" | "repair";
}

/** A row per model and axle, and one per axle of model '' for the fleet. */
export interface LearntWear extends Omit<AxleWear, "of"> {
  readonly model: string;
  readonly axle: Axle;
}

/** A model's own cars weigh as much as the fleet's once there are so many. */
const MODEL_WEIGHT_CARS = 4;
/** Pads of one make under drivers of one kind still differ by this. */
const SPREAD_MIN = 0.2;
/** Pads of models nobody has measured: compounds and sizes differ. */
const BETWEEN_MODELS_MIN = 0.35;

/** Wear per energy of every model, drawn towards the fleet's as far as its cars are few; empty without observations. */
export function learnPadWear(observations: readonly WearObservation[]): readonly LearntWear[] {
  return AXLES.flatMap((axle) => {
    const own = observations.filter((one) => one.axle === axle);
    if (own.length === 0) return [];
    const models = [...new Set(own.map(({ model }) => model))].sort();
    const means = new Map(models.map((model) => [model, meanLog(own.filter((one) => one.model === model))]));
    const fleet = average([...means.values()]);
    const within = Math.max(rootMeanSquare(own.map((one) => Math.log(one.pctPerMj) - (means.get(one.model) ?? 0))), SPREAD_MIN);
    const between = Math.max(rootMeanSquare([...means.values()].map((mean) => mean - fleet)), BETWEEN_MODELS_MIN);
    const rows = models.map((model) => {
      const cars = own.filter((one) => one.model === model);
      const weight = cars.length / (cars.length + MODEL_WEIGHT_CARS);
      const log = weight * (means.get(model) ?? fleet) + (1 - weight) * fleet;
      return { model, axle, pctPerMj: Math.exp(log), spread: Math.hypot(within, (1 - weight) * between), ...countsOf(cars) };
    });
    return [...rows, { model: "", axle, pctPerMj: Math.exp(fleet), spread: Math.hypot(within, between), ...countsOf(own) }];
  });
}

/** Braking of a car as it was watched. */
export interface WatchedBraking {
  readonly frictionMj: number;
  readonly km: number;
  /** Relative standard error of their ratio. */
  readonly relativeError: number;
  readonly odometerKm: number;
  /** Odometer at the last change of pads on record; null: none, so they count from new. */
  readonly changedAtKm: number | null;
}

export interface PadEnergyLife {
  readonly wornPct: number;
  readonly kmLeft: number;
  readonly kmLow80: number;
  readonly kmHigh80: number;
  readonly lifeKm: number;
  readonly mjPer1000Km: number;
  readonly sinceKm: number;
}

/** The coming kilometres are not the past ones. */
const FUTURE_SPREAD = 0.15;
const Z80 = 1.2816;

/** Kilometres until an axle's pads are worn out, with an 80 % interval: their whole life by energy, less what they have run. */
export function padEnergyLife(watched: WatchedBraking, axle: Axle, wear: Pick<AxleWear, "pctPerMj" | "spread">): PadEnergyLife {
  const mjPerKm = (AXLE_SHARE[axle] * watched.frictionMj) / watched.km;
  const lifeKm = 100 / (wear.pctPerMj * mjPerKm);
  const sinceKm = Math.max(watched.odometerKm - (watched.changedAtKm ?? 0), 0);
  const spread = Math.hypot(wear.spread, watched.relativeError, FUTURE_SPREAD);
  const leftOf = (life: number) => Math.max(life - sinceKm, 0);
  return {
    wornPct: (100 * sinceKm) / lifeKm,
    kmLeft: leftOf(lifeKm),
    kmLow80: leftOf(lifeKm * Math.exp(-Z80 * spread)),
    kmHigh80: leftOf(lifeKm * Math.exp(Z80 * spread)),
    lifeKm,
    mjPer1000Km: 1000 * mjPerKm,
    sinceKm,
  };
}

function countsOf(cars: readonly WearObservation[]): Pick<AxleWear, "bySensor" | "byRepair"> {
  const bySensor = cars.filter(({ by }) => by === "sensor").length;
  return { bySensor, byRepair: cars.length - bySensor };
}

function meanLog(cars: readonly WearObservation[]): number {
  return average(cars.map(({ pctPerMj }) => Math.log(pctPerMj)));
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length - 1));
}
