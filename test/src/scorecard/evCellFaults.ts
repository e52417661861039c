/**
 * Scorecard of the abnormal-cell detector on recorded vehicles: streams each `carN.csv[.gz]` of a directory through the
 * daily roll-up and the detector, day by day, and compares with `labels.json` where the vehicle is labelled.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { evaluateCellDays } from "@bellwether/analytics/detectors/abnormalCell/evaluateCellDays";
import { z } from "zod";
import { EV_CELL_FAULTS, readCellDays } from "./cellRecording.ts";

const labelsSchema = z.record(z.string(), z.object({ faulty_cells: z.array(z.number().int().positive()) }).loose());

export interface CarScore {
  readonly car: string;
  readonly days: number;
  readonly reported: readonly { readonly cell: number; readonly firstSeen: string; readonly tests: readonly string[] }[];
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

/** One score per recording in `directory`, by name. Throws what the file system throws. */
export async function evaluateEvCellFaults(directory: string): Promise<CarScore[]> {
  const names = await readdir(directory);
  const labels = names.includes("labels.json")
    ? labelsSchema.parse(JSON.parse(await readFile(join(directory, "labels.json"), "utf8")))
    : {};
  const scores: CarScore[] = [];
  for (const name of names.filter((n) => /^car\d+\.csv(\.gz)?$/.test(n)).sort()) {
    const car = name.split(".")[0] ?? name;
    const days = await readCellDays(join(directory, name), EV_CELL_FAULTS);
    const reported = evaluateCellDays(days).map(({ cell, firstSeen, tests }) => ({ cell, firstSeen, tests }));
    scores.push({ car, days: new Set(days.map((d) => d.day)).size, reported, faultyCells: labels[car]?.faulty_cells ?? null });
  }
  return scores;
}

/** Cells right, wrong and missed over the labelled vehicles. */
export function scoreCells(cars: readonly CarScore[]): CellScore {
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
