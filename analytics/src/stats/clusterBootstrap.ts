import { mean, quantile } from "simple-statistics";

/**
 * Interval of a mean whose values come in clusters (segments of a car): whole clusters are drawn with replacement, because the
 * values of one cluster err together. Percentile method at `coverage`, from `resamples` draws; `unit` gives uniform numbers in
 * [0, 1). Null below three clusters. O(resamples * values). Source: Davison & Hinkley, Bootstrap Methods, section 3.8.
 */
export function clusterBootstrap(
  clusters: readonly (readonly number[])[],
  { unit, resamples = 2000, coverage = 0.95 }: { unit: () => number; resamples?: number; coverage?: number },
): readonly [low: number, high: number] | null {
  const filled = clusters.filter((values) => values.length > 0).map((values) => ({ count: values.length, mean: mean([...values]) }));
  if (filled.length < 3) return null;
  const means = Array.from({ length: resamples }, () => {
    let count = 0;
    let sum = 0;
    for (let i = 0; i < filled.length; i += 1) {
      const drawn = filled[Math.floor(filled.length * unit())];
      count += drawn?.count ?? 0;
      sum += (drawn?.count ?? 0) * (drawn?.mean ?? 0);
    }
    return sum / count;
  });
  return [quantile(means, (1 - coverage) / 2), quantile(means, (1 + coverage) / 2)];
}
