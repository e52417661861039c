import { clusterBootstrap } from "@bellwether/analytics/stats/clusterBootstrap";
import { createRandom } from "@bellwether/simulator/random";
import type { Figure } from "./dataset.ts";
import { groupBy } from "./groupBy.ts";

const SEED = 1;

/**
 * The interval of a figure that is the mean of `measure` over `items`, by resampling whole machines, engines or series, as a property to
 * spread into the figure; nothing where there are too few. `scale` turns the mean into the figure, such as the root of a mean square.
 */
export function meanInterval<Item>(
  items: readonly Item[],
  clusterOf: (item: Item) => string,
  measure: (item: Item) => number,
  scale: (mean: number) => number = (mean) => mean,
): Pick<Figure, "interval"> {
  const clusters = [...groupBy(items, clusterOf).values()].map((own) => own.map(measure));
  const interval = clusterBootstrap(clusters, { unit: createRandom(SEED).unit });
  return interval === null ? {} : { interval: [scale(interval[0]), scale(interval[1])] };
}
