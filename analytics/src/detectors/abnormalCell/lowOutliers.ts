import { robustSpread } from "../../stats/robustSpread.ts";
import type { Tier } from "./params.ts";
import type { PerCell } from "./views.ts";

interface LowOutlier {
  readonly cellIndex: number;
  readonly statistic: number;
  /** Distance from the shallowest reported cell to the next cell of the pack. */
  readonly gap: number;
  readonly zScore: number;
}

/** A tier that fired for a cell. */
export interface Hit extends LowOutlier {
  readonly tier: Tier;
}

/**
 * The cells that stand clear of the pack on the low side, deepest first: the largest group of at most `maxCells` whose
 * members are all deeper than the tier's depth and z, and which a gap separates from the rest. The gap to the next cell,
 * not z alone, is what a pack of modules at different levels needs (methods 2.2). O(cells log cells).
 */
export function lowOutliers(values: PerCell, tier: Tier, maxCells: number): LowOutlier[] {
  const present = values
    .flatMap((x, cellIndex) => (x === null ? [] : [{ cellIndex, x }]))
    .sort((a, b) => a.x - b.x || a.cellIndex - b.cellIndex);
  const spread = robustSpread(
    present.map((p) => p.x),
    tier.spreadFloor,
  );
  const limit = Math.min(-tier.depth, -tier.z * spread);
  for (let size = Math.min(maxCells, present.length - 1); size >= 1; size--) {
    const last = present[size - 1];
    const next = present[size];
    if (last === undefined || next === undefined || last.x > limit || next.x - last.x < tier.gap) continue;
    return present.slice(0, size).map((p) => ({ cellIndex: p.cellIndex, statistic: p.x, gap: next.x - last.x, zScore: p.x / spread }));
  }
  return [];
}
