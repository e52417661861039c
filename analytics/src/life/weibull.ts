/**
 * Two-parameter Weibull life from failures and units still running (right-censored), by maximum likelihood (methods 5.3;
 * Meeker & Escobar, Statistical Methods for Reliability Data, ch. 8). Use is in whatever runs out: km or months.
 */
export interface Life {
  readonly use: number;
  /** False: still running at this use, or taken out for another cause. */
  readonly hasFailed: boolean;
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

/** B-life with an 80 % interval by the bootstrap over units; `random` gives 0..1. Null where the data carry no fit. */
export function weibullLife(lives: readonly Life[], share: number, random: () => number, draws = 500): WeibullInterval | null {
  const fitted = fitWeibull(lives);
  if (fitted === null) return null;
  const resampled = Array.from({ length: draws }, () => fitWeibull(lives.map(() => drawn(lives, random))));
  const quantiles = resampled.flatMap((fit) => (fit === null ? [] : [weibullQuantile(fit, share)])).sort((a, b) => a - b);
  const at = (p: number) => quantiles[Math.floor(p * quantiles.length)] ?? Number.NaN;
  return { low: at(0.1), central: weibullQuantile(fitted, share), high: at(0.9) };
}

function drawn(lives: readonly Life[], random: () => number): Life {
  return lives[Math.floor(random() * lives.length)] ?? { use: 0, hasFailed: false };
}

function powerSums(lives: readonly Life[], longest: number, shape: number): { readonly powers: number; readonly logs: number } {
  let powers = 0;
  let logs = 0;
  for (const { use } of lives) {
    const log = Math.log(use / longest);
    const power = Math.exp(shape * log);
    powers += power;
    logs += power * log;
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
