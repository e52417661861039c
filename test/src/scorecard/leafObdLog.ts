/** Scorecard of leaf-obd-log, a car's log of every 5 s. Each part of the car has a file of its own; this reads the rows for them. */
import { basename } from "node:path";
import { defineDataset, type Figure } from "./dataset.ts";
import { coveragePct, type Scored, widthPct } from "./figures.ts";
import { type LeafCar, type LeafSohRow, predictSoh, type SohPrediction, sohLabels } from "./leafSoh.ts";
import { predictWear, type WearPrediction, wearFigures } from "./leafWear.ts";
import { meanInterval } from "./meanInterval.ts";
import { numberIn, readRows, requireFiles } from "./tables.ts";

const COLUMNS = ["epoch time", "SOC"];
/** Rows from before 2009 or after 2040 have a clock that was not set. */
const CLOCK_S = [1.23e9, 2.2e9] as const;
const SHOWN_STEP_MAX_PCT = 0.5;

export const leafObdLog = defineDataset<SohPrediction | WearPrediction>({
  name: "leaf-obd-log",
  async *predict({ input, train }) {
    const taught = await readCars(train);
    for (const car of await readCars(input)) yield* predictSoh(car, taught);
    yield* predictWear(input);
  },
  score: async (all, { input, train }) => {
    const predictions = all.flatMap((one) => (one.kind === "soh" ? [one] : []));
    const wear = wearFigures(all.flatMap((one) => (one.kind === "soh" ? [] : [one])));
    const taught = await readCars(train);
    const labels = new Map((await readCars(input)).map((car) => [car.vehicle, sohLabels(car, taught)]));
    const scored = predictions.flatMap((p): (Scored & { week: number })[] => {
      const truth = labels.get(p.vehicle)?.get(p.week);
      if (truth === undefined || p.soh_pct === null || p.low80 === null || p.high80 === null) return [];
      return [{ vehicle: p.vehicle, week: p.week, truth, predicted: p.soh_pct, low80: p.low80, high80: p.high80 }];
    });
    return scored.length === 0 ? null : [...sohFigures(scored, predictions), ...wear];
  },
});

function sohFigures(scored: readonly (Scored & { readonly week: number })[], predictions: readonly SohPrediction[]): Figure[] {
  const errors = scored.map(({ predicted, truth }) => Math.abs(predicted - truth));
  const baseline = "3.9 % of monthly pooled counting, bias removed (README)";
  return [
    {
      name: "weekly SOH: MAE, points",
      ours: errors.reduce((sum, error) => sum + error, 0) / errors.length,
      better: "lower",
      baseline,
      ...meanInterval(
        scored,
        ({ week }) => String(Math.floor(week / 4)),
        ({ predicted, truth }) => Math.abs(predicted - truth),
      ),
    },
    { name: "weekly SOH: largest error, points", ours: Math.max(...errors), better: "lower" },
    { name: "weekly SOH: jumps over 0.5 point without a cause", ours: unexplainedJumps(predictions), better: "lower", target: 0 },
    coveragePct(scored, { name: "weekly SOH: coverage of 80 % interval, %", target: [72, 100] }),
    widthPct(scored, { name: "weekly SOH: width of 80 % interval, %" }),
  ];
}

function unexplainedJumps(predictions: readonly SohPrediction[]): number {
  return predictions.filter((p, i) => {
    const before = predictions[i - 1];
    if (before?.vehicle !== p.vehicle || before.soh_pct === null || p.soh_pct === null) return false;
    return Math.abs(p.soh_pct - before.soh_pct) > SHOWN_STEP_MAX_PCT + 1e-9 && p.cause === null;
  }).length;
}

/** One car per file. */
async function readCars(folder: string): Promise<LeafCar[]> {
  const cars: LeafCar[] = [];
  for (const file of await requireFiles(folder, COLUMNS)) {
    const rows: LeafSohRow[] = [];
    for await (const row of readRows(file)) rows.push(...sohRow(row));
    rows.sort((a, b) => a.atS - b.atS);
    cars.push({ vehicle: basename(file).replace(/\.csv(\.gz)?$/i, ""), rows });
  }
  return cars;
}

function sohRow(row: Readonly<Record<string, string>>): LeafSohRow[] {
  const atS = numberIn(row, "epoch time");
  const soc = numberIn(row, "SOC");
  if (atS === null || soc === null || atS < CLOCK_S[0] || atS > CLOCK_S[1] || soc <= 0 || soc > 1e6) return [];
  const capacity = numberIn(row, "AHr");
  return [
    {
      atS,
      socPct: soc / 10_000,
      energy: numberIn(row, "Gids"),
      tempC: numberIn(row, "Pack T1 C"),
      currentA: numberIn(row, "Pack Amps"),
      capacityAh: capacity === null || capacity <= 0 ? null : capacity / 10_000,
      sohPct: numberIn(row, "SOH"),
    },
  ];
}
