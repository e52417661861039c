/**
 * Two-parameter Weibull life from failures and units still running (right-censored), by maximum likelihood (methods 5.3;
 * Meeker & Escobar, Statistical Methods for Reliability Data, ch. 8). Use is in whatever runs out: km or months.
 */
export interface Life {
  readonly use: number;
  /** False: still running at this use, or taken out for another cause. */
  readonly hasFailed: boolean;
  /** Watched from this use on only; what failed before is not among the units. Absent: from new. */
  readonly from?: number;
}

export interface Weibull {
  /** Below 1: early failures; about 1: chance; above: wear-out. */
  readonly shape: number;
  /** Use by which 63.2 % have failed. */
  readonly scale: number;
  readonly failures: number;
}

/** Below this many failures a shape is guesswork. */
const FAILURES_MIN = 3;
const SHAPE_MAX = 100;
/** 80 % of a normal distribution lie within this many standard deviations. */
const Z_80 = 1.2816;

/** The most likely life; null with fewer than three failures or where all failed at the same use. */
export function fitWeibull(lives: readonly Life[]): Weibull | null {
  const known = lives.filter(({ use }) => use > 0 && Number.isFinite(use));
  const failed = known.filter(({ hasFailed }) => hasFailed);
  if (failed.length < FAILURES_MIN) return null;
  // Relative to the longest use, so that powers neither overflow nor vanish.
  const longest = known.reduce((most, { use }) => Math.max(most, use), 0);
  const meanLog = failed.reduce((sum, { use }) => sum + Math.log(use / longest), 0) / failed.length;
  const slope = (shape: number) => {
    const { powers, logs } = powerSums(known, longest, shape);
    return logs / powers - 1 / shape - meanLog;
  };
  if (slope(SHAPE_MAX) < 0) return null;
  const shape = rootOf(slope, 1e-3, SHAPE_MAX);
  const scale = longest * (powerSums(known, longest, shape).powers / failed.length) ** (1 / shape);
  return { shape, scale, failures: failed.length };
}

/** Use by which the share (0..1) has failed: 0.1 gives B10. */
export function weibullQuantile({ shape, scale }: Weibull, share: number): number {
  return scale * (-Math.log1p(-share)) ** (1 / shape);
}

export interface WeibullInterval {
  readonly low: number;
  readonly central: number;
  readonly high: number;
}

/**
 * B-life with an 80 % interval. The logarithm of a quantile is about normal; its variance is that of complete samples with as many
 * failures (Lawless, Statistical Models and Methods for Lifetime Data, 5.2): (1.109 + 0.608 w^2 - 0.514 w) / (failures shape^2) with
 * w = ln(-ln(1 - share)). A bootstrap gives the same within a tenth and costs a thousand fits.
 */
export function weibullLife(fitted: Weibull, share: number): WeibullInterval {
  const w = Math.log(-Math.log1p(-share));
  const spread = Z_80 * Math.sqrt((1.109 + 0.608 * w * w - 0.514 * w) / (fitted.failures * fitted.shape ** 2));
  const central = weibullQuantile(fitted, share);
  return { low: central * Math.exp(-spread), central, high: central * Math.exp(spread) };
}

/** Chance that a unit that runs at `use` fails within the next `ahead`, 0..1. */
export function chanceAhead({ shape, scale }: Weibull, use: number, ahead: number): number {
  return -Math.expm1((use / scale) ** shape - ((use + ahead) / scale) ** shape);
}

/** Sums over the time at risk, hence less what each unit had behind it when it came under watch. */
function powerSums(lives: readonly Life[], longest: number, shape: number): { readonly powers: number; readonly logs: number } {
  let powers = 0;
  let logs = 0;
  const add = (use: number, sign: 1 | -1) => {
    const log = Math.log(use / longest);
    const power = sign * Math.exp(shape * log);
    powers += power;
    logs += power * log;
  };
  for (const { use, from = 0 } of lives) {
    add(use, 1);
    if (from > 0 && from < use) add(from, -1);
  }
  return { powers, logs };
}

/** Where an increasing function crosses 0. */
function rootOf(f: (x: number) => number, from: number, to: number): number {
  let low = from;
  let high = to;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
