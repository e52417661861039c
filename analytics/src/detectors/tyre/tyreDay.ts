/** One car's tyre pressures day by day, in the form the leak test reads; wheels in the order of `WHEELS`. */
export const WHEELS = ["FL", "FR", "RL", "RR"] as const;
export type Wheel = (typeof WHEELS)[number];

/** Something per wheel, in the order of `WHEELS`. */
export type PerWheel<T> = readonly [T, T, T, T];

export interface TyreDay {
  /** Days since 1970. */
  readonly dayNumber: number;
  /** Cold pressure above ambient, brought to 25 °C, kPa; null where the outside temperature is not known. */
  readonly coldKpa: PerWheel<number> | null;
  /** Pressure less the mean of the two middle tyres of the same moment, median of the day, kPa: warming and weather cancel. */
  readonly relativeKpa: PerWheel<number>;
}

const KELVIN = 273.15;
const REFERENCE_K = 298.15;
/** Standard atmosphere at sea level, kPa, and its fall per 1,000 m. */
const SEA_LEVEL_KPA = 101.3;
const KPA_PER_KM_HEIGHT = 12;

/**
 * A tyre's gauge pressure at 25 °C by Gay-Lussac's law at constant volume (methods 3.3): (p + p_a) · 298.15 / T − p_a.
 * Example: 250 kPa at 5 °C are 275.3 kPa at 25 °C.
 */
export function pressureAt25(gaugeKpa: number, tempC: number, heightKm = 0): number {
  const airKpa = SEA_LEVEL_KPA - KPA_PER_KM_HEIGHT * heightKm;
  return ((gaugeKpa + airKpa) * REFERENCE_K) / (tempC + KELVIN) - airKpa;
}

/** Each pressure less the mean of the two middle ones. */
export function relativePressures([fl, fr, rl, rr]: PerWheel<number>): PerWheel<number> {
  const [, low = 0, high = 0] = [fl, fr, rl, rr].sort((a, b) => a - b);
  const middle = (low + high) / 2;
  return [fl - middle, fr - middle, rl - middle, rr - middle];
}
