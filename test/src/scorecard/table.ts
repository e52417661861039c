import type { Figure } from "./dataset.ts";

export interface ScoredFigure extends Figure {
  readonly dataset: string;
}

const HEADER = ["dataset", "figure", "ours [95 %]", "target", "baseline", "published"] as const;

/** Figures as a table in plain text, one per line, columns aligned. */
export function formatTable(figures: readonly ScoredFigure[]): string {
  const rows = [[...HEADER], ...figures.map(cells)];
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

function cells({ dataset, name, ours, interval, target, better, baseline, published }: ScoredFigure): string[] {
  const range = interval === undefined ? "" : ` [${interval.map(short).join(", ")}]`;
  return [dataset, name, `${short(ours)}${range}`, goal(target, better), baseline ?? "", published ?? ""];
}

function goal(target: Figure["target"], better: Figure["better"]): string {
  if (target === undefined) return "";
  if (typeof target !== "number") return target.map(short).join(" to ");
  return `${better === "lower" ? "<=" : ">="} ${short(target)}`;
}

function short(value: number): string {
  return Number(value.toFixed(2)).toString();
}
