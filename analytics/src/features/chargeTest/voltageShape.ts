/**
 * How a model family's charge is spread over its voltage: the mean share of the whole charge that lies in each 5 mV of rested
 * cell voltage. Only differences are used, so that cars whose windows start at different voltages can be averaged; the charge
 * between two voltages then needs no state of charge (methods 1.8).
 */
import { mean } from "simple-statistics";

/** Rested voltages of one fully charged car, with the share of its whole charge held at each; sorted by both. */
export type RestedCurve = readonly { readonly share: number; readonly meanCellV: number }[];

export interface VoltageShape {
  readonly firstV: number;
  /** Mean share of the charge in each step from `firstV` on. */
  readonly shares: readonly number[];
}

const STEP_V = 0.005;

/** Averages the curves, each over the voltages it covers. Without a curve the shape is empty. O(steps * points). */
export function learnVoltageShape(curves: readonly RestedCurve[]): VoltageShape {
  const voltages = curves.flatMap((curve) => curve.map((p) => p.meanCellV));
  const firstV = Math.min(...voltages);
  const steps = voltages.length === 0 ? 0 : Math.ceil((Math.max(...voltages) - firstV) / STEP_V);
  const shares = Array.from({ length: steps }, (_, i) => {
    const fromV = firstV + i * STEP_V;
    const known = curves.flatMap((curve) => {
      const [from, to] = [shareAt(curve, fromV), shareAt(curve, fromV + STEP_V)];
      return from === null || to === null ? [] : [to - from];
    });
    return known.length === 0 ? 0 : mean(known);
  });
  return { firstV, shares };
}

/** Share of the whole charge between two rested voltages; negative when they fall. Beyond the learnt range nothing is added. */
export function shareBetween(shape: VoltageShape, fromV: number, toV: number): number {
  return shareUpTo(shape, toV) - shareUpTo(shape, fromV);
}

function shareUpTo({ firstV, shares }: VoltageShape, volt: number): number {
  const steps = Math.min(shares.length, Math.max(0, (volt - firstV) / STEP_V));
  const whole = Math.floor(steps);
  return shares.slice(0, whole).reduce((sum, share) => sum + share, 0) + (steps - whole) * (shares[whole] ?? 0);
}

function shareAt(curve: RestedCurve, volt: number): number | null {
  const above = curve.findIndex((p) => p.meanCellV >= volt);
  const [low, high] = [curve[above - 1], curve[above]];
  if (high === undefined) return null;
  if (low === undefined) return high.meanCellV === volt ? high.share : null;
  return low.share + ((high.share - low.share) * (volt - low.meanCellV)) / (high.meanCellV - low.meanCellV);
}
