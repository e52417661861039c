import { quantile } from "simple-statistics";

/**
 * Interval of a ratio of sums, such as true alerts / alerts or alerts / vehicle-years, whose parts come in clusters: whole
 * clusters are drawn with replacement. Percentile method at `coverage`; `unit` gives uniform numbers in [0, 1). Null below three clusters with
 * something to divide by, or where a draw has nothing to divide by. O(resamples x clusters).
 * Source: Davison & Hinkley, Bootstrap Methods, sections 2.4 and 3.8.
 */
export function ratioBootstrap(
  clusters: readonly { readonly part: number; readonly whole: number }[],
  { unit, resamples = 1000, coverage = 0.95 }: { unit: () => number; resamples?: number; coverage?: number },
): readonly [low: number, high: number] | null {
  const filled = clusters.filter(({ whole }) => whole > 0);
  if (filled.length < 3) return null;
  const parts = Float64Array.from(filled, ({ part }) => part);
  const wholes = Float64Array.from(filled, ({ whole }) => whole);
  const ratios = Array.from({ length: resamples }, () => {
    let part = 0;
    let whole = 0;
    for (let i = 0; i < parts.length; i += 1) {
      const drawn = Math.floor(parts.length * unit());
      part += parts[drawn] ?? 0;
      whole += wholes[drawn] ?? 0;
    }
    return part / whole;
  });
  return [quantile(ratios, (1 - coverage) / 2), quantile(ratios, (1 + coverage) / 2)];
}
