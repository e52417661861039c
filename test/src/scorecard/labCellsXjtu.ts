/**
 * Scorecard of a cell's capacity at each cycle from the features of its charge: each cell from other cells only. The published
 * figures are of the 13 cells whose names contain 4 or 8, learnt from the 42 others.
 */
import { type CycleModel, type KnownCell, learnCycleModel } from "@bellwether/analytics/soh/cycleCapacity";
import type { CellCycle } from "@bellwether/analytics/soh/cycleViews";
import { BellwetherError } from "@bellwether/contracts/errors";
import { createRandom } from "@bellwether/simulator/random";
import { mean } from "simple-statistics";
import { defineDataset, type Figure } from "./dataset.ts";
import { coveragePct, meanErrorPct, type Scored, widthPct } from "./figures.ts";
import { groupBy } from "./groupBy.ts";
import { idOf } from "./ids.ts";
import { numberIn, readRows, requireFiles } from "./tables.ts";

interface CyclePrediction {
  readonly cell: number | string;
  readonly cycle: number;
  readonly capacity_ah: number;
  readonly low80: number;
  readonly high80: number;
}

interface Cell {
  readonly id: string;
  readonly group: string;
  readonly cycles: (CellCycle & { readonly capacityAh: number | null })[];
}

type HasCycles = { readonly cycles: readonly CellCycle[] };

/** What every such file has; further features are used where input and training have them both. */
const COLUMNS = ["cell", "cycle", "CC Q", "CC charge time"];
const NOT_FEATURES = new Set(["cell", "cycle", "capacity"]);
const SEED = 7;
/** Mean absolute percentage error by protocol, averages over 10 runs (README). */
const PUBLISHED: Readonly<Record<string, string>> = {
  "2C": "PINN 0.70, MLP 2.60, CNN 2.70",
  "3C": "PINN 1.13, MLP 2.75, CNN 2.98",
  "R2.5": "PINN 0.86, MLP 2.11, CNN 1.77",
  R3: "PINN 0.71, MLP 2.00, CNN 1.50",
  RW: "PINN 1.05, MLP 1.83, CNN 3.50",
  Sim_satellite: "PINN 0.63, MLP 2.04, CNN 1.49",
};

export const labCellsXjtu = defineDataset<CyclePrediction>({
  name: "lab-cells-xjtu",
  async *predict({ input, train }) {
    const names = await commonFeatures(input, train);
    const known = (await readCells(train, names)).flatMap(knownCell);
    const model = learnCycleModel(known, createRandom(SEED));
    if (model === null) throw tooFew(train, known.length);
    for (const cell of await readCells(input, names)) yield* predictCell(cell, model, known);
  },
  score: async (predictions, { input }) => {
    const cells = new Map((await readCells(input, [])).map((cell) => [cell.id, cell]));
    const scored = predictions.flatMap((p) => {
      const cell = cells.get(String(p.cell));
      const truth = cell?.cycles.find(({ cycle }) => cycle === p.cycle)?.capacityAh ?? null;
      const pair = { vehicle: String(p.cell), group: cell?.group ?? "", predicted: p.capacity_ah, low80: p.low80, high80: p.high80 };
      return truth === null ? [] : [{ ...pair, truth }];
    });
    return scored.length === 0 ? null : figures(scored);
  },
});

function* predictCell(cell: Cell, model: CycleModel, known: readonly KnownCell[]): Iterable<CyclePrediction> {
  const itself = known.find((other) => isSameCell(other, cell));
  for (const { cycle, capacityAh, low80Ah, high80Ah } of model.predict(cell.cycles, cell.group, itself?.id)) {
    yield { cell: idOf(cell.id), cycle, capacity_ah: capacityAh, low80: low80Ah, high80: high80Ah };
  }
}

/** By content, not by name. */
function isSameCell(a: HasCycles, b: HasCycles): boolean {
  const first = ({ cycles }: HasCycles) => JSON.stringify(cycles.slice(0, 5).map(({ features }) => features));
  return first(a) === first(b);
}

function knownCell({ id, group, cycles }: Cell): KnownCell[] {
  const measured = cycles.flatMap((cycle) => (cycle.capacityAh === null ? [] : [{ ...cycle, capacityAh: cycle.capacityAh }]));
  return measured.length === 0 ? [] : [{ id, group, cycles: measured }];
}

/** Names of the features that both folders have, so that a missing column costs accuracy only. */
async function commonFeatures(input: string, train: string): Promise<string[]> {
  const [own, taught] = await Promise.all([input, train].map(featureNames));
  return (own ?? []).filter((name) => taught?.includes(name));
}

async function featureNames(folder: string): Promise<string[]> {
  for (const file of await requireFiles(folder, COLUMNS)) {
    for await (const row of readRows(file)) return Object.keys(row).filter((name) => !NOT_FEATURES.has(name));
  }
  return [];
}

async function readCells(folder: string, names: readonly string[]): Promise<Cell[]> {
  const cells = new Map<string, Cell>();
  for (const file of await requireFiles(folder, COLUMNS)) {
    for await (const row of readRows(file)) {
      const id = row["cell"] ?? "";
      const cycle = numberIn(row, "cycle");
      if (cycle === null) continue;
      const cell = cells.get(id) ?? { id, group: groupOf(id), cycles: [] };
      cell.cycles.push({ cycle, features: names.map((name) => numberIn(row, name)), capacityAh: numberIn(row, "capacity") });
      cells.set(id, cell);
    }
  }
  for (const cell of cells.values()) cell.cycles.sort((a, b) => a.cycle - b.cycle);
  return [...cells.values()];
}

/** "2C_battery-1" is of protocol 2C; a name without a protocol is of none that is known. */
function groupOf(id: string): string {
  return id.replace(/_?battery.*$/, "");
}

function figures(scored: readonly (Scored & { readonly group: string })[]): Figure[] {
  const byGroup = [...groupBy(scored, ({ group }) => group)];
  const perGroup = byGroup.map(([group, own]) => {
    const published = PUBLISHED[group];
    return meanErrorPct(own, { name: `${group}: MAPE %`, ...(published === undefined ? {} : { published }) });
  });
  const average: Figure = {
    name: "mean of the protocols: MAPE %",
    ours: mean(perGroup.map((figure) => figure.ours)),
    better: "lower",
    published: "PINN 0.85, MLP 2.22, CNN 2.32 (13 other cells)",
  };
  return [
    ...perGroup,
    average,
    coveragePct(scored, { name: "coverage of 80 % interval, %", target: [72, 88] }),
    widthPct(scored, { name: "width of 80 % interval, %" }),
  ];
}

function tooFew(train: string, found: number): BellwetherError {
  const message = `${train}: expected at least 3 cells with a capacity to learn from, got ${found}`;
  return new BellwetherError("input_unreadable", message, { retryable: false });
}
