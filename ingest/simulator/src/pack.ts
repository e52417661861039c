import type { Car } from "./profile.ts";
import { createRandom, mix } from "./random.ts";

/**
 * How the cells of one pack differ from the day it was built. Spreads follow methods 2.2: capacity 0.6 %, resistance
 * 3 %, leakage 0.4 mA; the leakage shows as a standing offset because balancing answers it.
 */
export interface Pack {
  /** Cell capacity by nominal capacity. */
  readonly capacityShare: Float64Array;
  readonly resistanceFactor: Float64Array;
  /** Charge of a cell above or below the others, as a share of capacity. */
  readonly socOffset: Float64Array;
  /** Slow wander of that offset: amplitude and phase per cell. */
  readonly wanderSoc: Float64Array;
  readonly wanderPhase: Float64Array;
  /** What the measuring boards add, mV: a step per module and a little per cell. */
  readonly readingOffsetMv: Float64Array;
  /** Resistance of a new cell at 25 °C over some ten seconds, Ω. */
  readonly cellResistanceOhm: number;
  readonly probeOffsetC: Float64Array;
  /** How much of the pack's self-heating a probe sees; it depends on where it sits. */
  readonly probeHeatShare: Float64Array;
}

/** Ω·Ah: resistance times capacity is about constant for cells of one chemistry. */
const RESISTANCE_OHM_AH = { NCM: 0.13, LFP: 0.11 } as const;
/** One car in seven has boards that disagree by centivolts: module steps that must not look like a bad cell. */
const IMBALANCED_SHARE = 1 / 7;

/** Builds the pack of a car; the same for the same car. Cost: a few random draws per cell. */
export function buildPack(car: Car): Pack {
  const random = createRandom(mix(car.seed, 21));
  const { cells, probes, nominalAh, chemistry } = car.profile;
  const perCell = (mean: number, sd: number): Float64Array => Float64Array.from({ length: cells }, () => random.normal(mean, sd));
  const moduleSpreadMv = random.chance(IMBALANCED_SHARE) ? random.between(7, 11) : random.between(0.5, 2.5);
  const moduleMv = Array.from({ length: car.model.modules }, () => random.normal(0, moduleSpreadMv));
  const moduleResistance = Array.from({ length: car.model.modules }, () => random.normal(1, 0.02));
  const moduleOf = (cell: number): number => Math.floor(cell / car.model.cellsPerModule);
  return {
    capacityShare: perCell(1, 0.006),
    resistanceFactor: perCell(1, 0.03).map((factor, cell) => factor * (moduleResistance[moduleOf(cell)] ?? 1)),
    socOffset: perCell(0, 0.0012),
    wanderSoc: perCell(0, 0.0003),
    wanderPhase: perCell(0, Math.PI),
    readingOffsetMv: perCell(0, 0.6).map((own, cell) => own + (moduleMv[moduleOf(cell)] ?? 0)),
    cellResistanceOhm: RESISTANCE_OHM_AH[chemistry] / nominalAh,
    probeOffsetC: Float64Array.from({ length: probes }, () => random.normal(0, 0.5)),
    probeHeatShare: Float64Array.from({ length: probes }, () => random.between(0.85, 1.15)),
  };
}

/** How much higher the resistance is than at 25 °C (Arrhenius, 2,500 K), held at 3.5 in deep cold. */
export function resistanceAt(tempC: number): number {
  return Math.min(Math.exp(2500 * (1 / (tempC + 273.15) - 1 / 298.15)), 3.5);
}
