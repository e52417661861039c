import { orderStatistic } from "../../stats/orderStatistic.ts";
import { remember } from "./memory.ts";
import type { AbnormalCellParams, CellMeasure, Tier } from "./params.ts";
import { type DayProfile, weightedMean } from "./profile.ts";
import { difference, medianOf, neighbourView, type PerCell, packView } from "./views.ts";

export interface History {
  /** Oldest first, the day under evaluation last. */
  readonly recent: readonly DayProfile[];
  /** Median of the first usable days per cell; null before there are enough days. */
  readonly baselineMv: PerCell | null;
}

/**
 * One number per cell and recent unit (day, or pool of days for resistance), newest last, negative = suspicious.
 * Empty when the measure cannot be taken yet.
 */
export function measureSeries(measure: CellMeasure, history: History, params: AbnormalCellParams): PerCell[] {
  switch (measure) {
    case "level":
      return history.recent.map((p) => p.levelMv);
    case "change": {
      const baseline = history.baselineMv;
      return baseline === null ? [] : history.recent.map((p) => changeSince(p.levelMv, baseline));
    }
    case "resistance":
      return pools(history.recent, params.resistancePoolDays).map(([first, ...others]) =>
        first === undefined ? [] : negatedResistance(first, ...others),
      );
    case "scatter":
      return history.recent.map((p) => negatedLogScatter(p.scatterMv, params.scatterFloorMv));
  }
}

const changeSince = remember((levelMv: PerCell, baseline: PerCell) => difference(levelMv, baseline));

const negatedLogScatter = remember((scatterMv: PerCell, floorMv: number) =>
  scatterMv.map((sd) => (sd === null ? null : -Math.log(Math.max(floorMv, sd)))),
);

const negatedResistance = remember((first: DayProfile, ...others: readonly DayProfile[]) =>
  pooledResistance([first, ...others]).map((r) => (r === null ? null : -r)),
);

/** A unit as a tier looks at it. */
export interface View {
  readonly values: PerCell;
  /** The deepest cell's value; infinite where no cell has one. */
  readonly deepest: number;
}

/** Against neighbours, or the milder of that and against the pack. */
export function viewOf(values: PerCell, view: Tier["view"], neighbours: number): View {
  return view === "neighbours" ? besideView(values, neighbours) : milderView(values, neighbours);
}

/** `neighbourView`, remembered. */
export const besideView = remember((values: PerCell, reach: number) => toView(neighbourView(values, reach)));

/** `packView`, remembered. */
export const againstPack = remember((values: PerCell) => packView(values));

const milderView = remember((values: PerCell, neighbours: number) => {
  const pack = againstPack(values);
  return toView(besideView(values, neighbours).values.map((x, i) => milder(x, pack[i] ?? null)));
});

function toView(values: PerCell): View {
  return { values, deepest: values.reduce((deepest: number, x) => (x !== null && x < deepest ? x : deepest), Number.POSITIVE_INFINITY) };
}

/**
 * Whether any cell can be past the tier's depth on `required` of the last `window` units. Cheap and necessary: on a
 * healthy pack it is false for every tier, and nothing else needs to be computed.
 */
export function canFire(units: readonly View[], tier: Tier): boolean {
  return units.slice(-tier.window).filter(({ deepest }) => deepest <= -tier.depth).length >= tier.required;
}

/** Per cell, the `required`-th lowest of the last `window` units: past the threshold on at least `required` of them. */
export function persistent(units: readonly View[], tier: Tier): PerCell {
  const recent = units.slice(-tier.window).map(({ values }) => values);
  return (recent[0] ?? []).map((_, i) =>
    orderStatistic(
      recent.map((u) => u[i] ?? null).filter((x) => x !== null),
      tier.required,
    ),
  );
}

/** Median per cell over profiles. */
export function medianLevel([first, ...others]: readonly DayProfile[]): PerCell {
  return first === undefined ? [] : rememberedMedian(first, ...others);
}

const rememberedMedian = remember((first: DayProfile, ...others: readonly DayProfile[]) =>
  first.levelMv.map((level, i) => medianOf([level, ...others.map((p) => p.levelMv[i] ?? null)])),
);

function pooledResistance(pool: readonly DayProfile[]): PerCell {
  return (pool[0]?.resistanceMohm ?? []).map((_, i) => weightedMean(pool.map((p) => [p.resistanceMohm[i] ?? null, p.currentInformation])));
}

/** Whole pools counted back from the newest day, so that the newest day is always used. */
function pools(profiles: readonly DayProfile[], size: number): DayProfile[][] {
  const count = Math.floor(profiles.length / size);
  const start = profiles.length - count * size;
  return Array.from({ length: count }, (_, k) => profiles.slice(start + k * size, start + (k + 1) * size));
}

function milder(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}
