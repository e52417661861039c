/**
 * Capacity of a cell at each cycle from features of its charge, learnt from other cells of which it is known: the mean of two
 * smooth regressions, one on the features as they are, one on their change since the cell's own start (`cycleViews.ts`).
 * The 80 % interval is the error that the other cells had, each predicted from the rest (methods 1.13).
 */
import { quantile } from "simple-statistics";
import { choleskySolve } from "../stats/choleskySolve.ts";
import { type CosineShape, createCosineFeatures } from "../stats/cosineFeatures.ts";
import { normalMatrix } from "../stats/normalMatrix.ts";
import { type CellCycle, changeView, featureCentres, presentView, scaled, scaleOf } from "./cycleViews.ts";

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
/** Stands for every group no known cell is of: all cells then teach alike. */
const UNKNOWN_GROUP = "";

/** Null below three cells. One system of some 300 equations per cell and view: about 0.02 s each. */
export function learnCycleModel(cells: readonly KnownCell[], random: CosineShape["random"]): CycleModel | null {
  if (cells.length < MIN_CELLS) return null;
  const regressions = VIEWS.map((view) => createRegression(view, cells, random));
  let misses: readonly Miss[] | null = null;
  return {
    predict(cycles, group, exceptId) {
      misses ??= cells.map((cell, i) => missOf(cell, meanOf(regressions.map((regression) => regression.rehearse(i)))));
      const half = halfWidth(misses, group, exceptId);
      return meanOf(regressions.map((regression) => regression.predict(cycles, group, exceptId))).map((capacityAh, i) => ({
        cycle: cycles[i]?.cycle ?? i,
        capacityAh,
        low80Ah: capacityAh * (1 - half),
        high80Ah: capacityAh * (1 + half),
      }));
    },
  };
}

function meanOf(opinions: readonly (readonly number[])[]): number[] {
  return (opinions[0] ?? []).map((_, i) => opinions.reduce((sum, opinion) => sum + (opinion[i] ?? 0), 0) / opinions.length);
}

interface Miss {
  readonly id: string;
  readonly group: string;
  /** Absolute errors as shares of the truth. */
  readonly errors: readonly number[];
}

interface Regression {
  predict(cycles: readonly CellCycle[], group: string, exceptId?: string): number[];
  /** What the i-th known cell is predicted from the others. */
  rehearse(i: number): number[];
}

function missOf({ id, group, cycles }: KnownCell, predictedAh: readonly number[]): Miss {
  return { id, group, errors: predictedAh.map((ah, i) => Math.abs(ah / (cycles[i]?.capacityAh ?? ah) - 1)) };
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
function createRegression(view: View, cells: readonly KnownCell[], random: CosineShape["random"]): Regression {
  const centres = featureCentres(cells.map((cell) => cell.cycles));
  const raw = cells.map((cell) => view.rows(cell.cycles, centres));
  const scale = scaleOf(raw.flat());
  const features = createCosineFeatures({ inputs: scale.centres.length, count: view.cosines, length: view.length, random });
  const rowsOf = (inputs: readonly (readonly number[])[]) => inputs.map((row) => features.of(scaled(row, scale)));
  const taught = raw.map(rowsOf);
  const equations = addedUpByGroup(
    cells.map(({ id, group, cycles }, i) => {
      const capacities = cycles.map(({ capacityAh }) => capacityAh);
      const weights = capacities.map((capacityAh) => 1 / capacityAh ** 2);
      return { id, group, ...normalMatrix(taught[i] ?? [], capacities, weights, 0) };
    }),
  );
  const solutions = new Map<string, readonly number[]>();
  const solutionFor = (group: string, exceptId?: string): readonly number[] => {
    const like = equations.has(group) ? group : UNKNOWN_GROUP;
    const key = JSON.stringify([like, exceptId]);
    const solution = solutions.get(key) ?? solve(equations, view, like, exceptId);
    solutions.set(key, solution);
    return solution;
  };
  return {
    predict: (cycles, group, exceptId) => answers(rowsOf(view.rows(cycles, centres)), solutionFor(group, exceptId)),
    rehearse: (i) => answers(taught[i] ?? [], solutionFor(cells[i]?.group ?? UNKNOWN_GROUP, cells[i]?.id)),
  };
}

interface Equations {
  readonly matrix: number[][];
  readonly right: number[];
}

type CellEquations = Equations & { readonly id: string; readonly group: string };

interface GroupEquations {
  readonly cells: readonly CellEquations[];
  readonly sum: Equations;
}

function addedUpByGroup(cells: readonly CellEquations[]): ReadonlyMap<string, GroupEquations> {
  const groups = new Map<string, CellEquations[]>();
  for (const cell of cells) groups.set(cell.group, [...(groups.get(cell.group) ?? []), cell]);
  return new Map([...groups].map(([group, own]) => [group, { cells: own, sum: sumOf(own) }]));
}

function sumOf(cells: readonly CellEquations[]): Equations {
  const sum = zeros(cells[0]?.right.length ?? 0);
  for (const cell of cells) addScaled(sum, cell, 1);
  return sum;
}

function solve(
  groups: ReadonlyMap<string, GroupEquations>,
  { otherGroups, penalty }: View,
  group: string,
  exceptId?: string,
): readonly number[] {
  const parts = [...groups].flatMap(([name, { cells, sum }]) => {
    const teachers = cells.filter(({ id }) => id !== exceptId);
    return teachers.length === 0 ? [] : [{ name, equations: teachers.length === cells.length ? sum : sumOf(teachers) }];
  });
  const isKnownGroup = parts.some(({ name }) => name === group);
  const total = zeros(parts[0]?.equations.right.length ?? 0);
  for (const { name, equations } of parts) addScaled(total, equations, isKnownGroup && name !== group ? otherGroups : 1);
  for (const [i, row] of total.matrix.entries()) row[i] = (row[i] ?? 0) + (i === 0 ? 0 : penalty);
  return choleskySolve(total.matrix, total.right) ?? total.right.fill(0);
}

function zeros(size: number): Equations {
  return { matrix: Array.from({ length: size }, () => new Array<number>(size).fill(0)), right: new Array<number>(size).fill(0) };
}

/** Only on and below the diagonal: the solver reads no more. Index loops, for here most of the time goes. */
function addScaled(sum: Equations, { matrix, right }: Equations, weight: number): void {
  for (let i = 0; i < right.length; i += 1) {
    const to = sum.matrix[i] ?? [];
    const from = matrix[i] ?? [];
    for (let j = 0; j <= i; j += 1) to[j] = (to[j] ?? 0) + weight * (from[j] ?? 0);
    sum.right[i] = (sum.right[i] ?? 0) + weight * (right[i] ?? 0);
  }
}

function answers(rows: readonly Float64Array[], solution: readonly number[]): number[] {
  return rows.map((row) => {
    let sum = solution[0] ?? 0;
    for (let i = 0; i < row.length; i += 1) sum += (row[i] ?? 0) * (solution[i + 1] ?? 0);
    return sum;
  });
}
