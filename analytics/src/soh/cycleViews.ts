/**
 * A cell's charge features per cycle as a model reads them, without any knowledge of its capacity: the features as they are, and
 * their change since the cell's own first cycles, which takes out what makes one cell unlike another from the start.
 * Only cycles up to the present one enter, so the newest cycle is judged as it would have been on its day.
 */
import { median, quantile } from "simple-statistics";

export interface CellCycle {
  readonly cycle: number;
  /** In the same order for every cell; null where unmeasured. */
  readonly features: readonly (number | null)[];
}

export interface Scale {
  readonly centres: readonly number[];
  readonly spreads: readonly number[];
}

/** Cycles that make a cell's own beginning. */
const FIRST_CYCLES = 10;
/** Features of this many last cycles are taken together against their scatter. */
const RECENT_CYCLES = 9;
/** Beyond this many spreads a feature says no more. */
const CLIP = 4;
/** Between the 10th and the 90th percentile of a normal distribution lie this many standard deviations. */
const DECILE_SPREADS = 2.563;

/** One row per cycle: the features, and the cycle count. */
export function presentView(cycles: readonly CellCycle[], centres: readonly number[]): number[][] {
  return cycles.map(({ cycle, features }) => [...known(features, centres), Math.log(cycle + 10)]);
}

/** One row per cycle: medians over the last cycles of the features and of their change since the first ones, and the cycle count. */
export function changeView(cycles: readonly CellCycle[], centres: readonly number[]): number[][] {
  const rows = cycles.map(({ features }) => known(features, centres));
  const starts = rows.slice(0, FIRST_CYCLES).map((_, i) => columnMedians(rows.slice(0, i + 1)));
  return cycles.map(({ cycle }, i) => {
    const start = starts[Math.min(i, FIRST_CYCLES - 1)] ?? [];
    const recent = columnMedians(rows.slice(Math.max(0, i + 1 - RECENT_CYCLES), i + 1));
    return [...recent, ...recent.map((value, j) => value - (start[j] ?? 0)), Math.log(cycle + 10)];
  });
}

/** Median and spread of each column, from which `scaled` makes columns of like size. */
export function scaleOf(rows: readonly (readonly number[])[]): Scale {
  const columns = (rows[0] ?? []).map((_, j) => rows.map((row) => row[j] ?? 0));
  const spread = (column: number[]): number => (quantile(column, 0.9) - quantile(column, 0.1)) / DECILE_SPREADS;
  return { centres: columns.map((column) => median(column)), spreads: columns.map((column) => Math.max(1e-12, spread(column))) };
}

export function scaled(row: readonly number[], { centres, spreads }: Scale): number[] {
  return row.map((value, j) => Math.max(-CLIP, Math.min(CLIP, (value - (centres[j] ?? 0)) / (spreads[j] ?? 1))));
}

/** Medians of the measured values of each feature, which stand in where one is missing. */
export function featureCentres(cells: readonly (readonly CellCycle[])[]): number[] {
  const width = cells[0]?.[0]?.features.length ?? 0;
  return Array.from({ length: width }, (_, j) => {
    const measured = cells.flatMap((cycles) => cycles.flatMap(({ features }) => features[j] ?? []));
    return measured.length === 0 ? 0 : median(measured);
  });
}

function known(features: readonly (number | null)[], centres: readonly number[]): number[] {
  return centres.map((centre, j) => features[j] ?? centre);
}

function columnMedians(rows: readonly (readonly number[])[]): number[] {
  return (rows[0] ?? []).map((_, j) => median(rows.map((row) => row[j] ?? 0)));
}
