/** Precision and recall of alerts with a probability: precision over alerts, recall over failures. */

export interface AlertOutcome {
  readonly probability: number;
  /** Names the failure that followed within the horizon; null where none did. */
  readonly failure: string | null;
}

interface CurvePoint {
  readonly precision: number;
  readonly recall: number;
}

/** Of alerts at or above `threshold`. Precision of no alert is 1. */
export function recallAndPrecision(outcomes: readonly AlertOutcome[], failures: number, threshold: number): CurvePoint {
  const raised = outcomes.filter(({ probability }) => probability >= threshold);
  const right = raised.flatMap(({ failure }) => (failure === null ? [] : [failure]));
  return { precision: raised.length === 0 ? 1 : right.length / raised.length, recall: new Set(right).size / Math.max(1, failures) };
}

/**
 * How far our curve lies above another at its worst: the least, over the other's thresholds, of our best precision at no less recall
 * minus the other's precision. Points of the other curve with less than `leastRecall` are left out: a few alerts make no precision.
 */
export function curveMargin(ours: readonly AlertOutcome[], other: readonly AlertOutcome[], failures: number, leastRecall = 0.05): number {
  const curve = curveOf(ours, failures);
  const margins = curveOf(other, failures)
    .filter(({ recall }) => recall >= leastRecall)
    .map((point) => bestAt(curve, point.recall) - point.precision);
  return Math.min(...margins);
}

/** Best precision at each of `recalls` or more; 0 where the alerts never reach it. */
export function precisionsAt(outcomes: readonly AlertOutcome[], failures: number, recalls: readonly number[]): number[] {
  const curve = curveOf(outcomes, failures);
  return recalls.map((recall) => bestAt(curve, recall));
}

function bestAt(curve: readonly CurvePoint[], least: number): number {
  return Math.max(0, ...curve.filter(({ recall }) => recall >= least).map(({ precision }) => precision));
}

function curveOf(outcomes: readonly AlertOutcome[], failures: number): CurvePoint[] {
  const thresholds = [...new Set(outcomes.map(({ probability }) => probability))].filter((p) => p > 0);
  return thresholds.map((threshold) => recallAndPrecision(outcomes, failures, threshold));
}
