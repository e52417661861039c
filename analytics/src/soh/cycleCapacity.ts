/**
 * Capacity of a cell at each cycle from features of its charge, learnt from other cells of which it is known: the mean of two
 * smooth regressions, one on the features as they are, one on their change since the cell's own start (`cycleViews.ts`).
 * The 80 % interval is the error that the other cells had, each predicted from the rest (methods 1.13).
 */
import { quantile } from "simple-statistics";
import { choleskySolve } from "../stats/choleskySolve.ts";
import { type CosineFeatures, type CosineShape, createCosineFeatures } from "../stats/cosineFeatures.ts";
import { normalMatrix } from "../stats/normalMatrix.ts";
import { type CellCycle, changeView, featureCentres, presentView, type Scale, scaled, scaleOf } from "./cycleViews.ts";

export interface KnownCell {
  readonly id: string;
  /** Cells used alike teach one another more. */
  readonly group: string;
  readonly cycles: readonly (CellCycle & { readonly capacityAh: number })[];
}

export interface CycleCapacity {
  readonly cycle: number;
  readonly capacityAh: number;
  readonly low80Ah: number;
  readonly high80Ah: number;
}

export interface CycleModel {
  /** Capacity at each of a cell's cycles, in order. `exceptId`: a known cell that must not teach (itself). */
  predict(cycles: readonly CellCycle[], group: string, exceptId?: string): CycleCapacity[];
}

interface View {
  rows(cycles: readonly CellCycle[], centres: readonly number[]): number[][];
  readonly cosines: number;
  readonly length: number;
  readonly penalty: number;
  /** What a cell of another group counts against one of the same. */
  readonly otherGroups: number;
}

const VIEWS: readonly View[] = [
  { rows: presentView, cosines: 300, length: 4, penalty: 1, otherGroups: 0.3 },
  { rows: changeView, cosines: 300, length: 8, penalty: 10, otherGroups: 0.05 },
];
/** Fewer cells cannot say how far one is from another. */
const MIN_CELLS = 3;
const COVERAGE = 0.8;

/** Null below three cells. One system of some 300 equations per cell and view: about 0.1 s each. */
export function learnCycleModel(cells: readonly KnownCell[], random: CosineShape["random"]): CycleModel | null {
  if (cells.length < MIN_CELLS) return null;
  const regressions = VIEWS.map((view) => createRegression(view, cells, random));
  const capacities = (cycles: readonly CellCycle[], group: string, exceptId?: string): number[] => {
    const opinions = regressions.map((regression) => regression(cycles, group, exceptId));
    return cycles.map((_, i) => opinions.reduce((sum, opinion) => sum + (opinion[i] ?? 0), 0) / opinions.length);
  };
  let misses: readonly Miss[] | null = null;
  return {
    predict(cycles, group, exceptId) {
      misses ??= cells.map((cell) => ({ id: cell.id, group: cell.group, errors: rehearsed(cell, capacities) }));
      const half = halfWidth(misses, group, exceptId);
      return capacities(cycles, group, exceptId).map((capacityAh, i) => ({
        cycle: cycles[i]?.cycle ?? i,
        capacityAh,
        low80Ah: capacityAh * (1 - half),
        high80Ah: capacityAh * (1 + half),
      }));
    },
  };
}

interface Miss {
  readonly id: string;
  readonly group: string;
  /** Absolute errors as shares of the truth. */
  readonly errors: readonly number[];
}

type Predictor = (cycles: readonly CellCycle[], group: string, exceptId?: string) => number[];

function rehearsed({ id, group, cycles }: KnownCell, predict: Predictor): number[] {
  return predict(cycles, group, id).map((ah, i) => Math.abs(ah / (cycles[i]?.capacityAh ?? ah) - 1));
}

/** Of the cells of the group where there are three, else of all. */
function halfWidth(misses: readonly Miss[], group: string, exceptId?: string): number {
  const others = misses.filter((miss) => miss.id !== exceptId);
  const alike = others.filter((miss) => miss.group === group);
  return quantile(
    (alike.length >= MIN_CELLS ? alike : others).flatMap((miss) => miss.errors),
    COVERAGE,
  );
}

/** One view's regression: each cell's normal equations once, added up anew for whoever must not teach. */
function createRegression(view: View, cells: readonly KnownCell[], random: CosineShape["random"]): Predictor {
  const centres = featureCentres(cells.map((cell) => cell.cycles));
  const raw = cells.map((cell) => view.rows(cell.cycles, centres));
  const scale = scaleOf(raw.flat());
  const features = createCosineFeatures({ inputs: scale.centres.length, count: view.cosines, length: view.length, random });
  const equations = cells.map(({ id, group, cycles }, i) => {
    const rows = (raw[i] ?? []).map((row) => features.of(scaled(row, scale)));
    const weights = cycles.map(({ capacityAh }) => 1 / capacityAh ** 2);
    return {
      id,
      group,
      ...normalMatrix(
        rows,
        cycles.map((c) => c.capacityAh),
        weights,
        0,
      ),
    };
  });
  const solutions = new Map<string, readonly number[]>();
  return (cycles, group, exceptId) => {
    const key = JSON.stringify([group, exceptId]);
    const solution = solutions.get(key) ?? solve(equations, view, group, exceptId);
    solutions.set(key, solution);
    return view.rows(cycles, centres).map((row) => linear(solution, row, scale, features));
  };
}

interface Equations {
  readonly id: string;
  readonly group: string;
  readonly matrix: readonly (readonly number[])[];
  readonly right: readonly number[];
}

function solve(equations: readonly Equations[], { otherGroups, penalty }: View, group: string, exceptId?: string): readonly number[] {
  const teachers = equations.filter(({ id }) => id !== exceptId);
  const isKnownGroup = teachers.some((teacher) => teacher.group === group);
  const size = equations[0]?.right.length ?? 0;
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const right = new Array<number>(size).fill(0);
  for (const teacher of teachers) {
    const weight = isKnownGroup && teacher.group !== group ? otherGroups : 1;
    for (let i = 0; i < size; i += 1) addScaled(matrix[i] ?? [], teacher.matrix[i] ?? [], weight);
    addScaled(right, teacher.right, weight);
  }
  for (const [i, row] of matrix.entries()) row[i] = (row[i] ?? 0) + (i === 0 ? 0 : penalty);
  return choleskySolve(matrix, right) ?? right.fill(0);
}

function addScaled(sum: number[], values: readonly number[], weight: number): void {
  for (const [i, value] of values.entries()) sum[i] = (sum[i] ?? 0) + weight * value;
}

function linear(solution: readonly number[], row: readonly number[], scale: Scale, features: CosineFeatures): number {
  return features.of(scaled(row, scale)).reduce((sum, value, i) => sum + value * (solution[i + 1] ?? 0), solution[0] ?? 0);
}
