import { quantile } from "simple-statistics";
import { seededUnit } from "./seededUnit.ts";

/** One cluster's contribution to a ratio of sums. */
export interface Cluster {
  readonly part: number;
  readonly whole: number;
}

type Interval = readonly [low: number, high: number];

/**
 * Intervals of ratios of sums, such as true alerts / alerts and alerts / vehicle-years, whose parts come in clusters: whole clusters are
 * drawn with replacement. Percentile method at `coverage`. Null below three clusters with something to divide by. Ratios over equally
 * many clusters share their draws, which cost more than the sums; each comes out as it would alone. O(resamples x clusters x ratios).
 * Source: Davison & Hinkley, Bootstrap Methods, sections 2.4 and 3.8.
 */
export function ratioBootstraps(
  ratios: readonly (readonly Cluster[])[],
  { seed, resamples = 1000, coverage = 0.95 }: { seed: number; resamples?: number; coverage?: number },
): readonly (Interval | null)[] {
  const all = ratios.map((clusters) => prepare(clusters, resamples));
  for (const count of new Set(all.map(({ parts }) => parts.length))) {
    const unit = seededUnit(seed);
    const drawn = new Uint32Array(count);
    const alike = all.filter(({ parts }) => parts.length === count);
    for (let resample = 0; resample < resamples && count >= CLUSTERS_MIN; resample += 1) {
      for (let i = 0; i < count; i += 1) drawn[i] = Math.floor(count * unit());
      for (const ratio of alike) ratio.drawn[resample] = drawnRatio(ratio, drawn);
    }
  }
  const bounds = (values: readonly number[]): Interval => [quantile(values, (1 - coverage) / 2), quantile(values, (1 + coverage) / 2)];
  return all.map(({ parts, drawn }) => (parts.length < CLUSTERS_MIN ? null : bounds([...drawn])));
}

const CLUSTERS_MIN = 3;

interface Prepared {
  readonly parts: Float64Array;
  readonly wholes: Float64Array;
  /** The ratio in each resample. */
  readonly drawn: Float64Array;
}

function prepare(clusters: readonly Cluster[], resamples: number): Prepared {
  const filled = clusters.filter(({ whole }) => whole > 0);
  return {
    parts: Float64Array.from(filled, ({ part }) => part),
    wholes: Float64Array.from(filled, ({ whole }) => whole),
    drawn: new Float64Array(resamples),
  };
}

function drawnRatio({ parts, wholes }: Prepared, drawn: Uint32Array): number {
  let part = 0;
  let whole = 0;
  for (const i of drawn) {
    part += parts[i] ?? 0;
    whole += wholes[i] ?? 0;
  }
  return part / whole;
}
