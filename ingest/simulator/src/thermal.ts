/** A pack as one lump of heat: warms with I²R, leaks to the air, is cooled above 30 °C and heated in the cold. */

/** J/K; a pack of about 400 kg. */
const HEAT_CAPACITY = 400_000;
/** W/K to the air; the time constant is about eight hours. */
const LOSS = 14;
const COOLING_FROM_C = 30;
const COOLING_W_PER_K = 600;
const COOLING_W = 4_500;
const HEATER_BELOW_C = 8;
const HEATER_W = 3_000;

export interface HeatStep {
  readonly seconds: number;
  readonly ambientC: number;
  readonly currentA: number;
  readonly packOhm: number;
  /** Cooling and heating run only while the car is on or charges. */
  readonly isConditioned: boolean;
}

/** Pack temperature after a step of at most some minutes. */
export function nextPackC(packC: number, step: HeatStep): number {
  const lossW = step.currentA * step.currentA * step.packOhm;
  const aidW = step.isConditioned ? conditioningW(packC) : 0;
  return packC + ((lossW + aidW - LOSS * (packC - step.ambientC)) * step.seconds) / HEAT_CAPACITY;
}

/** Pack temperature after standing, in closed form for any duration. */
export function restedPackC(packC: number, ambientC: number, seconds: number): number {
  return ambientC + (packC - ambientC) * Math.exp((-seconds * LOSS) / HEAT_CAPACITY);
}

/** Air temperature at a second of the UTC day: warmest at 14:30 in Beijing, 06:30 UTC. */
export function ambientAt(dayMeanC: number, secondOfDay: number): number {
  return dayMeanC + 4 * Math.cos((2 * Math.PI * (secondOfDay - 23_400)) / 86_400);
}

function conditioningW(packC: number): number {
  if (packC < HEATER_BELOW_C) return HEATER_W;
  return -Math.min(Math.max((packC - COOLING_FROM_C) * COOLING_W_PER_K, 0), COOLING_W);
}
