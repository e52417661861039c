/** Remaining distance of a brake pad from its wear sensor (methods 3.2). */

export interface PadReading {
  readonly odometerKm: number;
  /** 0 new, 100 worn out. */
  readonly wornPct: number;
}

/** What is usual for the model and axle: % per 1,000 km, and how much drivers differ, as a share. */
export interface PadPrior {
  readonly pctPer1000Km: number;
  readonly spread: number;
}

/** Pads of 12 mm that are worn out at 3 mm after some 75,000 km in front and 110,000 km behind; drivers differ by 35 %. */
export const PAD_PRIORS: Readonly<Record<"front" | "rear", PadPrior>> = {
  front: { pctPer1000Km: 1.3, spread: 0.4 },
  rear: { pctPer1000Km: 0.9, spread: 0.4 },
};

export interface PadLife {
  readonly wornPct: number;
  readonly pctPer1000Km: number;
  readonly kmLeft: number;
  readonly kmLow80: number;
  readonly kmHigh80: number;
  /** Distance and readings since the pad was new to us. */
  readonly spanKm: number;
  readonly readings: number;
}

export type PadVerdict =
  | ({ readonly kind: "wearing" } & PadLife)
  /** A two-step wire knows only that the limit is reached. */
  | { readonly kind: "wire"; readonly isWorn: boolean }
  | { readonly kind: "not_evaluated"; readonly reason: "not_enough_history" | "implausible_value" };

const READINGS_MIN = 6;
const SPAN_MIN_KM = 500;
/** A fall by this much that lasts is a new pad. */
const REPLACED_PCT = 15;
/** Sensor noise of a day's median, %; 0.15 mm of 9 mm, averaged. */
const NOISE_PCT = 1;
/** The coming kilometres are not the past ones: routes and drivers change. */
const FUTURE_SPREAD = 0.18;
const WIRE_VALUES = new Set([0, 50, 100]);
const Z80 = 1.2816;

/**
 * Kilometres until the pad is worn out: slope since the last replacement, drawn towards what is usual as far as it is
 * uncertain, with an 80 % interval.
 * @param readings one per day, oldest first
 */
export function padLife(readings: readonly PadReading[], prior: PadPrior): PadVerdict {
  const last = readings.at(-1);
  if (last === undefined) return { kind: "not_evaluated", reason: "not_enough_history" };
  if (readings.length >= READINGS_MIN && readings.every(({ wornPct }) => WIRE_VALUES.has(wornPct))) {
    return { kind: "wire", isWorn: last.wornPct === 100 };
  }
  const own = sinceReplacement(readings);
  const spanKm = last.odometerKm - (own[0]?.odometerKm ?? last.odometerKm);
  if (own.length < READINGS_MIN || spanKm < SPAN_MIN_KM) return { kind: "not_evaluated", reason: "not_enough_history" };
  if (own.some(({ odometerKm }, i) => odometerKm < (own[i - 1]?.odometerKm ?? odometerKm))) {
    return { kind: "not_evaluated", reason: "implausible_value" };
  }
  const fit = fitLine(own);
  const rate = shrunk(fit, prior);
  const wornPct = Math.min(Math.max(fit.levelPct, 0), 100);
  const kmLeft = (1000 * (100 - wornPct)) / rate.pctPer1000Km;
  const spread = Math.hypot(rate.spread, FUTURE_SPREAD, NOISE_PCT / Math.max(100 - wornPct, 5));
  return {
    kind: "wearing",
    wornPct,
    pctPer1000Km: rate.pctPer1000Km,
    kmLeft,
    kmLow80: kmLeft * Math.exp(-Z80 * spread),
    kmHigh80: kmLeft * Math.exp(Z80 * spread),
    spanKm,
    readings: own.length,
  };
}

/** The readings after the last lasting fall. */
function sinceReplacement(readings: readonly PadReading[]): readonly PadReading[] {
  for (let i = readings.length - 2; i > 0; i--) {
    const before = readings[i - 1]?.wornPct ?? 0;
    const after = Math.max(readings[i]?.wornPct ?? 0, readings[i + 1]?.wornPct ?? 0);
    if (before - after >= REPLACED_PCT) return readings.slice(i);
  }
  return readings;
}

interface Line {
  readonly pctPer1000Km: number;
  readonly se: number;
  /** Wear at the last reading, on the line through the last fifth of the distance. */
  readonly levelPct: number;
}

function fitLine(readings: readonly PadReading[]): Line {
  const { slope, se } = leastSquares(readings);
  const last = readings.at(-1);
  const first = readings[0];
  const from = (last?.odometerKm ?? 0) - 0.2 * ((last?.odometerKm ?? 0) - (first?.odometerKm ?? 0));
  const recent = readings.filter(({ odometerKm }) => odometerKm >= from);
  const mean = (pick: (one: PadReading) => number) => recent.reduce((sum, one) => sum + pick(one), 0) / Math.max(1, recent.length);
  const levelPct = mean((one) => one.wornPct) + slope * ((last?.odometerKm ?? 0) - mean((one) => one.odometerKm));
  return { pctPer1000Km: 1000 * slope, se: 1000 * se, levelPct };
}

function leastSquares(readings: readonly PadReading[]): { slope: number; se: number } {
  const n = readings.length;
  const meanKm = readings.reduce((sum, one) => sum + one.odometerKm, 0) / n;
  const meanPct = readings.reduce((sum, one) => sum + one.wornPct, 0) / n;
  const sxx = readings.reduce((sum, one) => sum + (one.odometerKm - meanKm) ** 2, 0);
  const sxy = readings.reduce((sum, one) => sum + (one.odometerKm - meanKm) * (one.wornPct - meanPct), 0);
  const slope = sxy / sxx;
  const residual = readings.reduce((sum, one) => sum + (one.wornPct - meanPct - slope * (one.odometerKm - meanKm)) ** 2, 0);
  const noise = Math.max(Math.sqrt(residual / Math.max(1, n - 2)), NOISE_PCT);
  return { slope, se: noise / Math.sqrt(sxx) };
}

/** Empirical Bayes: own slope and prior by the inverse of their variances; a pad never heals. */
function shrunk({ pctPer1000Km, se }: Line, prior: PadPrior): { pctPer1000Km: number; spread: number } {
  const priorSd = prior.spread * prior.pctPer1000Km;
  const weight = priorSd ** 2 / (priorSd ** 2 + se ** 2);
  const rate = Math.max(weight * Math.max(pctPer1000Km, 0) + (1 - weight) * prior.pctPer1000Km, 0.1 * prior.pctPer1000Km);
  return { pctPer1000Km: rate, spread: (Math.sqrt(weight) * se) / rate };
}
