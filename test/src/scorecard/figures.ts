/** Figures over predictions with an 80 % interval: errors in percent of the truth, and how often the interval held. */
import { clusterBootstrap } from "@bellwether/analytics/stats/clusterBootstrap";
import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import type { Figure } from "./dataset.ts";

export interface Scored {
  /** Errors of one vehicle go together when an interval is drawn. */
  readonly vehicle: string;
  readonly truth: number;
  readonly predicted: number;
  readonly low80: number;
  readonly high80: number;
}

const BOOTSTRAP_SEED = 1;

/** Mean absolute error in percent of the truth. */
export function meanErrorPct(scored: readonly Scored[], words: Omit<Figure, "ours" | "interval" | "better">): Figure {
  return figure(scored, words, "lower", ({ predicted, truth }) => 100 * Math.abs(predicted / truth - 1));
}

/** Share of truths inside their 80 % interval, in percent. */
export function coveragePct(scored: readonly Scored[], words: Omit<Figure, "ours" | "interval" | "better">): Figure {
  return figure(scored, words, "inside", ({ low80, high80, truth }) => (truth >= low80 && truth <= high80 ? 100 : 0));
}

/** Mean width of the 80 % interval in percent of the truth. */
export function widthPct(scored: readonly Scored[], words: Omit<Figure, "ours" | "interval" | "better">): Figure {
  return figure(scored, words, "context", ({ low80, high80, truth }) => (100 * (high80 - low80)) / truth);
}

function figure(
  scored: readonly Scored[],
  words: Omit<Figure, "ours" | "interval" | "better">,
  better: Figure["better"],
  measure: (of: Scored) => number,
): Figure {
  const vehicles = [...new Set(scored.map((s) => s.vehicle))];
  const interval = clusterBootstrap(
    vehicles.map((vehicle) => scored.filter((s) => s.vehicle === vehicle).map(measure)),
    { unit: createRandom(BOOTSTRAP_SEED).unit },
  );
  return { ...words, better, ours: mean(scored.map(measure)), ...(interval === null ? {} : { interval }) };
}
