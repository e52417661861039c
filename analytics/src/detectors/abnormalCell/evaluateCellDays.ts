import type { CellDay } from "../../features/cellDaily.ts";
import { detectAbnormalCell } from "./detectAbnormalCell.ts";
import { ABNORMAL_CELL_PARAMS, type AbnormalCellParams } from "./params.ts";

export interface ReportedCell {
  /** 1-based. */
  readonly cell: number;
  /** The day on which it was first reported. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly tests: readonly string[];
}

/**
 * What a vehicle's record would have led to, day after day as it came in: every cell ever reported, by first report.
 * `days` sorted by day. O(days squared), for scorecards and research.
 */
export function evaluateCellDays(days: readonly CellDay[], params: AbnormalCellParams = ABNORMAL_CELL_PARAMS): ReportedCell[] {
  const reported = new Map<number, ReportedCell>();
  days.forEach((row, i) => {
    if (days[i + 1]?.day === row.day) return;
    const verdict = detectAbnormalCell(days.slice(0, i + 1), params);
    if (verdict.kind !== "abnormal") return;
    for (const found of verdict.cells) {
      const known = reported.get(found.cell);
      const tests = [...new Set([...(known?.tests ?? []), ...found.tests])];
      reported.set(found.cell, { cell: found.cell, firstSeen: known?.firstSeen ?? row.day, lastSeen: row.day, tests });
    }
  });
  return [...reported.values()];
}
