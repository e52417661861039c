import type { Random } from "@bellwether/simulator/random";
import { addDays } from "../engine/days.ts";
import type { DayFeatures } from "../features/family.ts";
import { CELLS, cellV, displayed } from "./chargeFleet.ts";

/** A simulated car that wakes up rested every morning, drives, and charges in the evening when it is low, for tests. */
export interface RestingCar {
  readonly capacityAh: number;
  readonly firstDay: string;
  readonly days: number;
  /** Displayed share beyond the model's own bend, by true share: what this car's display has wrong. */
  readonly displayError?: (soc: number) => number;
  readonly random: Random;
}

/** Standard deviation of what driving, seen in instants only, is counted wrong by. */
const DRIVE_ERROR = 0.035;

/** Its days of feature family `rests`. */
export function restingDays({ capacityAh, firstDay, days, displayError = () => 0, random }: RestingCar): DayFeatures[] {
  let soc = random.between(0.4, 0.9);
  const shown = (share: number): number => Math.round(100 * (displayed(share) + displayError(share)));
  return Array.from({ length: days }, (_, i) => {
    const [morning, driven] = [soc, random.between(0.05, 0.2)];
    const evening = morning - driven;
    soc = evening < 0.35 ? random.between(0.8, 0.95) : evening;
    const drivenAh = driven * capacityAh * (1 + random.normal(0, DRIVE_ERROR));
    const values = {
      netAh: (soc - evening) * capacityAh - drivenAh,
      drivenAh,
      unseenSteps: 0,
      firstSocPct: shown(morning),
      lastSocPct: shown(soc),
      restV: Math.round(10 * (CELLS * cellV(morning) + random.normal(0, 0.1))) / 10,
      restSocPct: shown(morning),
      restTempC: 15,
      restH: 8,
      beforeRestAh: 0,
      beforeRestDrivenAh: 0,
    };
    return { day: addDays(firstDay, i), samples: 100, values };
  });
}
