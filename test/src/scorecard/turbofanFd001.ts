/** Scorecard of the degradation method: remaining cycles of engines cut off before failure, learnt from engines that ran to failure. */
import { learnRemainingLife, type RemainingLifeModel, remainingLife, type UnitCycles } from "@bellwether/analytics/life/remainingLife";
import { BellwetherError } from "@bellwether/contracts/errors";
import { defineDataset, type Figure, type Folders } from "./dataset.ts";
import { filesBelow, readFields } from "./delimited.ts";
import { idOf } from "./ids.ts";
import { meanInterval } from "./meanInterval.ts";

interface LifePrediction {
  readonly unit: number | string;
  /** The last cycle known to the prediction. */
  readonly cycle: number;
  readonly rul: number;
  readonly low80: number;
  readonly high80: number;
}

/** unit, cycle, 3 settings, 21 sensors. */
const FIELDS = 26;
const ENDINGS = [".txt", ".csv", ".tsv", ".dat", ".data"];
/** Far more than any engine runs: a number beyond is no cycle. */
const CYCLES_MAX = 10_000;
const FOLDS = 5;
/** Where engines that ran to failure are cut off for scoring: NASA cuts its test engines 7 to 145 cycles before. */
const CUTS = { first: 7, last: 145, step: 6, leastCycles: 31 };

export const turbofanFd001 = defineDataset<LifePrediction>({
  name: "turbofan-fd001",
  predict: predictAll,
  score: async (predictions, folders) => {
    const fullOf = finderOf([...(await readUnits(folders.train)).values()]);
    const units = await readUnits(folders.input);
    const scored = predictions.flatMap((p) => {
      const full = fullOf(units.get(String(p.unit)));
      return full === undefined ? [] : [{ ...p, truth: full.length - p.cycle }];
    });
    return scored.length === 0 ? null : figures(scored);
  },
});

/** Every engine at its last cycle; one that is known to have run to failure (it is among the training engines) at several cuts. */
async function* predictAll({ input, train }: Folders): AsyncIterable<LifePrediction> {
  const known = [...(await readUnits(train)).values()];
  const fullOf = finderOf(known);
  const model = modelByUnit(known, train);
  for (const [unit, cycles] of await readUnits(input)) {
    const full = fullOf(cycles);
    for (const cycle of full?.length === cycles.length ? cutsOf(cycles.length) : [cycles.length]) {
      const life = remainingLife(model(full), cycles.slice(0, cycle));
      if (life !== null) yield { unit: idOf(unit), cycle, rul: round(life.cycles), low80: round(life.low80), high80: round(life.high80) };
    }
  }
}

/** The model for an engine: of all training engines, or, for one of these, of the four fifths without it. */
function modelByUnit(known: readonly UnitCycles[], folder: string): (unit: UnitCycles | undefined) => RemainingLifeModel {
  const models = new Map<number, RemainingLifeModel>();
  return (unit) => {
    const place = unit === undefined ? -1 : known.indexOf(unit);
    const fold = place < 0 ? -1 : place % FOLDS;
    const model = models.get(fold) ?? learnRemainingLife(known.filter((_, i) => fold < 0 || i % FOLDS !== fold));
    if (model === null)
      throw new BellwetherError("input_unreadable", `${folder}: expected engines that ran to failure to learn from`, { retryable: false });
    models.set(fold, model);
    return model;
  };
}

function cutsOf(length: number): number[] {
  const count = Math.floor((CUTS.last - CUTS.first) / CUTS.step) + 1;
  return Array.from({ length: count }, (_, i) => length - CUTS.first - i * CUTS.step).filter((cycle) => cycle >= CUTS.leastCycles);
}

/**
 * Finds an engine among `known` by content, not by number: every file numbers its engines from 1, and a part of an engine need not
 * begin where the engine did.
 */
function finderOf(known: readonly UnitCycles[]): (cycles: UnitCycles | undefined) => UnitCycles | undefined {
  const unitOf = new Map(known.flatMap((unit) => unit.map((row) => [JSON.stringify(row), unit] as const)));
  return (cycles) => {
    const whole = cycles?.find((row) => row.length > 0 && row.every(Number.isFinite));
    return whole === undefined ? undefined : unitOf.get(JSON.stringify(whole));
  };
}

/** The cycles of each engine in the text files of a folder. Throws `input_unreadable` when there is none. */
async function readUnits(folder: string): Promise<Map<string, UnitCycles>> {
  const units = new Map<string, Map<number, number[]>>();
  for (const { path } of await filesBelow(folder, ENDINGS)) {
    for await (const fields of readFields(path)) {
      const [unit = "", cycle = "", ...row] = fields.length > FIELDS ? fields.filter((field) => field !== "") : fields;
      if (row.length !== FIELDS - 2 || unit === "" || !isCycle(Number(cycle))) continue;
      const rows = units.get(unit) ?? new Map<number, number[]>();
      units.set(
        unit,
        rows.set(
          Number(cycle),
          row.map((text) => (text === "" ? Number.NaN : Number(text))),
        ),
      );
    }
  }
  if (units.size === 0) {
    throw new BellwetherError("input_unreadable", `${folder}: expected a text file with ${FIELDS} numbers a line`, { retryable: false });
  }
  return new Map([...units].map(([unit, rows]) => [unit, dense(rows)]));
}

function isCycle(cycle: number): boolean {
  return Number.isInteger(cycle) && cycle >= 1 && cycle <= CYCLES_MAX;
}

/** From the engine's first cycle to the last known: a cycle without a line has no values, but the engine ran it. */
function dense(rows: ReadonlyMap<number, readonly number[]>): UnitCycles {
  return Array.from({ length: Math.max(...rows.keys()) }, (_, i) => rows.get(i + 1) ?? []);
}

function squaredError({ rul, truth }: LifePrediction & { truth: number }): number {
  return (rul - truth) ** 2;
}

function figures(scored: readonly (LifePrediction & { truth: number })[]): Figure[] {
  const mean = (measure: (p: LifePrediction & { truth: number }) => number) =>
    scored.reduce((sum, p) => sum + measure(p), 0) / scored.length;
  return [
    {
      name: "RMSE, cycles",
      ours: Math.sqrt(mean(squaredError)),
      ...meanInterval(scored, ({ unit }) => String(unit), squaredError, Math.sqrt),
      better: "lower",
      target: 18,
      baseline: "linear 23.4",
      published: "LSTM 16.1 and 14.9, CNN 17.0 on NASA's test engines",
    },
    {
      name: "coverage of 80 % interval, %",
      ours: mean(({ low80, high80, truth }) => (truth >= low80 && truth <= high80 ? 100 : 0)),
      better: "inside",
      target: [72, 88],
    },
    { name: "width of 80 % interval, cycles", ours: mean(({ low80, high80 }) => high80 - low80), better: "lower" },
  ];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
