/**
 * Whether failures of a fleet come faster or slower with time: the Crow-AMSAA power law from failure times up to an observation
 * end (MIL-HDBK-189C, 5.5; methods 5.3).
 */
import { chiSquareQuantile } from "../stats/chiSquareQuantile.ts";

export interface Growth {
  /** Below 1 the fleet gets better, above 1 worse. */
  readonly beta: number;
  /** 80 % interval of beta. */
  readonly low: number;
  readonly high: number;
  readonly trend: "improving" | "worsening" | "unclear";
  readonly failures: number;
}

const FAILURES_MIN = 5;

/** Trend from cumulative use at each failure (same unit as `end`, 0 < at <= end); null with fewer than five failures. */
export function reliabilityGrowth(failuresAt: readonly number[], end: number): Growth | null {
  const usable = failuresAt.filter((at) => at > 0 && at <= end);
  const logs = usable.reduce((sum, at) => sum + Math.log(end / at), 0);
  if (usable.length < FAILURES_MIN || logs <= 0) return null;
  const n = usable.length;
  const beta = n / logs;
  // 2 n beta / beta_hat is chi-square with 2n degrees of freedom (failure times up to a fixed end).
  const low = (beta * chiSquareQuantile(0.1, 2 * n)) / (2 * n);
  const high = (beta * chiSquareQuantile(0.9, 2 * n)) / (2 * n);
  return { beta, low, high, trend: high < 1 ? "improving" : low > 1 ? "worsening" : "unclear", failures: n };
}
