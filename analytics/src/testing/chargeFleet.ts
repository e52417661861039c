import { createRandom, type Random } from "@bellwether/simulator/random";
import type { ChargeCurve, VehicleCurve } from "../soh/chargeCurve.ts";

/** A charge of a simulated pack of 96 NCM cells whose display is bent, for tests. */
export interface SimulatedCharge {
  readonly capacityAh: number;
  /** True states of charge at its ends. */
  readonly from: number;
  readonly to: number;
  readonly currentA: number;
  /** Relative error of the display's step, standard deviation. */
  readonly noise?: number;
  readonly random: Random;
}

export const CELLS = 96;
const OHM = 0.08;

/** Displayed share of a true one: right at both ends, 4 points low in the lower half and high in the upper. */
export const displayed = (soc: number): number => soc - 0.052 * Math.sin(2 * Math.PI * soc) * Math.sin(Math.PI * soc);

/** Rested voltage of a cell: a plateau near 3.68 V, which is the peak of the incremental capacity. */
export const cellV = (soc: number): number => 3.4 + 0.72 * soc + 0.055 * Math.tanh((0.38 - soc) * -9) * -1 + 0.06 * soc ** 6;

/** The charge at each whole displayed percent. */
export function chargeCurve({ capacityAh, from, to, currentA, noise = 0.001, random }: SimulatedCharge): ChargeCurve {
  const steps = 2000;
  const points: { soc: number; ah: number; volt: number }[] = [];
  let shown = Math.floor(100 * displayed(from));
  for (let i = 0; i <= steps; i += 1) {
    const soc = from + ((to - from) * i) / steps;
    const now = Math.floor(100 * displayed(soc) + random.normal(0, 100 * noise));
    if (now <= shown) continue;
    shown = now;
    const volt = Math.round(10 * (CELLS * cellV(soc) + OHM * currentA)) / 10;
    points.push({ soc: now, ah: capacityAh * (soc - from), volt });
  }
  return { socPct: points.map((p) => p.soc), chargeAh: points.map((p) => p.ah), packV: points.map((p) => p.volt) };
}

/** Wide charges of `vehicles` cars of one model, healths between 85 and 100 % of 150 Ah. */
export function wideCharges(vehicles: number, perVehicle: number, seed: number): (VehicleCurve & { readonly capacityAh: number })[] {
  const random = createRandom(seed);
  return Array.from({ length: vehicles }, (_, v) => {
    const capacityAh = 150 * random.between(0.85, 1);
    return Array.from({ length: perVehicle }, () => {
      const currentA = 30 * random.between(0.95, 1.05);
      const curve = chargeCurve({ capacityAh, from: random.between(0.03, 0.09), to: random.between(0.93, 0.995), currentA, random });
      return { vin: `V${v}`, curve, currentA, capacityAh };
    });
  }).flat();
}
