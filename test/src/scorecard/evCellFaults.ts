/**
 * Scorecard of the abnormal-cell detector on recorded vehicles: streams each recording of a directory through the daily
 * roll-up and the detector, day by day, and compares with `labels.json` where the vehicle is labelled. The settings are fixed
 * in the detector; nothing is learnt from the training folder.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { detectAbnormalCell } from "@bellwether/analytics/detectors/abnormalCell/detectAbnormalCell";
import { evaluateCellDays, type ReportedCell } from "@bellwether/analytics/detectors/abnormalCell/evaluateCellDays";
import type { NotEvaluatedReason } from "@bellwether/analytics/detectors/abnormalCell/verdict";
import type { CellDay } from "@bellwether/analytics/features/cellDaily";
import { z } from "zod";
import { EV_CELL_FAULTS, readCellDays } from "./cellRecording.ts";
import { defineDataset, type Figure } from "./dataset.ts";
import { requireFiles } from "./tables.ts";

const labelsSchema = z.record(z.string(), z.object({ faulty_cells: z.array(z.number().int().positive()) }).loose());

interface CellPrediction {
  readonly file: string;
  /** 1-based. */
  readonly cell: number;
  /** Day of the first report, as it would have come while the data streamed in. */
  readonly first_seen: string;
  readonly last_seen: string;
  readonly tests: readonly string[];
}

export const evCellFaults = defineDataset<CellPrediction>({
  name: "ev-cell-faults",
  predict: async function* ({ input }) {
    for (const path of await recordings(input)) {
      const { reported, unjudged } = await evaluateRecording(path);
      if (unjudged !== null) process.stderr.write(`${basename(path)}: not evaluated, ${unjudged}\n`);
      for (const { cell, firstSeen, lastSeen, tests } of reported) {
        yield { file: basename(path), cell, first_seen: firstSeen, last_seen: lastSeen, tests };
      }
    }
  },
  score: async (predictions, { input }) => {
    const labels = await readLabels(input);
    const cars = (await recordings(input)).map((path) => ({
      reported: predictions.filter((p) => p.file === basename(path)),
      faultyCells: labels[carOf(path)]?.faulty_cells ?? null,
    }));
    return cars.some((car) => car.faultyCells !== null) ? figuresOf(scoreCells(cars)) : null;
  },
});

export interface CarScore {
  readonly car: string;
  readonly days: number;
  readonly reported: readonly ReportedCell[];
  /** Null where the vehicle has no label. */
  readonly faultyCells: readonly number[] | null;
}

export interface CellScore {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** Null without a report, or without a faulty cell. */
  readonly precision: number | null;
  readonly recall: number | null;
}

/** One score per recording in `directory`, by name. Throws what the file system throws, `input_unreadable` without a recording. */
export async function evaluateEvCellFaults(directory: string): Promise<CarScore[]> {
  const labels = await readLabels(directory);
  const scores: CarScore[] = [];
  for (const path of await recordings(directory)) {
    const car = carOf(path);
    const { days, reported } = await evaluateRecording(path);
    scores.push({ car, days, reported, faultyCells: labels[car]?.faulty_cells ?? null });
  }
  return scores;
}

async function recordings(directory: string): Promise<string[]> {
  return await requireFiles(directory, ["tboxTime", "BMSBatteryCurrent", "V_1"]);
}

type Evaluated = Pick<CarScore, "days" | "reported"> & { readonly unjudged: NotEvaluatedReason | null };

async function evaluateRecording(path: string): Promise<Evaluated> {
  const days = await readCellDays(path, EV_CELL_FAULTS);
  return { days: new Set(days.map((d) => d.day)).size, reported: evaluateCellDays(days), unjudged: whyUnjudged(days) };
}

/** Why the pack could be judged on no evening of the record, as of the last; null where it could be on one. */
function whyUnjudged(days: readonly CellDay[]): NotEvaluatedReason | null {
  const evenings = days.flatMap((row, i) => (days[i + 1]?.day === row.day ? [] : [i + 1]));
  let reason: NotEvaluatedReason = "no_cell_data";
  for (const end of evenings) {
    const verdict = detectAbnormalCell(days.slice(0, end));
    if (verdict.kind !== "not_evaluated") return null;
    reason = verdict.reason;
  }
  return reason;
}

async function readLabels(directory: string): Promise<z.infer<typeof labelsSchema>> {
  const names = await readdir(directory);
  if (!names.includes("labels.json")) return {};
  return labelsSchema.parse(JSON.parse(await readFile(join(directory, "labels.json"), "utf8")));
}

function carOf(path: string): string {
  return basename(path).split(".")[0] ?? "";
}

function figuresOf(score: CellScore): Figure[] {
  const published = "all faulty cells, no false alarm";
  return [
    { name: "faulty cells missed", ours: score.falseNegatives, better: "lower", target: 0, published },
    {
      name: "other cells reported",
      ours: score.falsePositives,
      better: "lower",
      target: 0,
      baseline: "0 (one-sided; two-sided 15)",
      published,
    },
  ];
}

/** Cells right, wrong and missed over the labelled vehicles. */
export function scoreCells(
  cars: readonly { readonly reported: readonly { readonly cell: number }[]; readonly faultyCells: readonly number[] | null }[],
): CellScore {
  let truePositives = 0;
  let falsePositives = 0;
  let falseNegatives = 0;
  for (const { reported, faultyCells } of cars) {
    if (faultyCells === null) continue;
    const right = reported.filter((r) => faultyCells.includes(r.cell)).length;
    truePositives += right;
    falsePositives += reported.length - right;
    falseNegatives += faultyCells.filter((cell) => !reported.some((r) => r.cell === cell)).length;
  }
  const ratio = (of: number, all: number): number | null => (all === 0 ? null : of / all);
  return {
    truePositives,
    falsePositives,
    falseNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
  };
}
