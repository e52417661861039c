/**
 * Names the cell of a pack that drifts, leaks, is weak or has a bad contact, from daily roll-ups. Pure and causal: the
 * verdict of a day uses that day and earlier ones only. Methods 2.2 and 2.3: each cell against its own baseline and against
 * the pack, the gap to the next cell, the same cell on several days.
 */
import type { CellDay } from "../../features/cellDaily.ts";
import { describeCell } from "./describeCell.ts";
import { type LowOutlier, lowOutliers } from "./lowOutliers.ts";
import { type History, measureSeries, medianLevel, persistent, viewOf } from "./measures.ts";
import { ABNORMAL_CELL_PARAMS, type AbnormalCellParams, type Tier } from "./params.ts";
import { type DayProfile, profileOfDay } from "./profile.ts";
import { sensorFaults } from "./sensors.ts";
import type { AbnormalCell, CellVerdict } from "./verdict.ts";

/** A tier that fired for a cell. */
export interface Hit extends LowOutlier {
  readonly tier: Tier;
}

const DAY_MS = 86_400_000;

/**
 * @param days roll-ups of one vehicle sorted by day, any number of load states per day, the last day being the one under
 *   evaluation.
 * @returns 'not_evaluated' with a reason on too little data, never a guess. Never throws on bad readings.
 *   Cost O(days + recent days x cells log cells).
 */
export function detectAbnormalCell(days: readonly CellDay[], params: AbnormalCellParams = ABNORMAL_CELL_PARAMS): CellVerdict {
  const byDay = groupByDay(days);
  const last = byDay.at(-1);
  const day = last?.[0]?.day ?? null;
  if (last === undefined || day === null) return { kind: "not_evaluated", day, reason: "no_cell_data" };
  const cells = last[0]?.cells ?? 0;
  if (cells < params.minCells) return { kind: "not_evaluated", day, reason: "too_few_cells" };
  if (samplesOf(last) < params.minSamplesPerDay) return { kind: "not_evaluated", day, reason: "too_few_samples_on_day" };
  const usable = sinceCellCountChanged(byDay, cells).filter((rows) => samplesOf(rows) >= params.minSamplesPerDay);
  const sensors = sensorFaults(usable, params);
  const history = historyOf(usable, day, new Set(sensors.map((s) => s.cell - 1)), params);
  if (history.recent.length < params.minDays) return { kind: "not_evaluated", day, reason: "too_few_usable_days" };
  const found = abnormalCells(history, params);
  if (found.length === 0) return { kind: "normal", day, daysUsed: history.recent.length, sensors };
  return { kind: "abnormal", day, cells: found, sensors };
}

function abnormalCells(history: History, params: AbnormalCellParams): AbnormalCell[] {
  const hits = new Map<number, Hit[]>();
  for (const tier of params.tiers) {
    const units = measureSeries(tier.measure, history, params).slice(-tier.window);
    if (units.length < tier.required) continue;
    const statistic = persistent(
      units.map((u) => viewOf(u, tier.view, params.neighbours)),
      tier,
    );
    for (const outlier of lowOutliers(statistic, tier, params.maxCells)) {
      hits.set(outlier.cellIndex, [...(hits.get(outlier.cellIndex) ?? []), { ...outlier, tier }]);
    }
  }
  return [...hits]
    .map(([cellIndex, ofCell]) => describeCell(cellIndex, ofCell, history, params))
    .sort((a, b) => b.confidence - a.confidence || a.cell - b.cell);
}

function historyOf(
  usable: readonly (readonly CellDay[])[],
  day: string,
  excluded: ReadonlySet<number>,
  params: AbnormalCellParams,
): History {
  const profile = (rows: readonly CellDay[]): DayProfile => profileOfDay(rows, (i) => excluded.has(i));
  const oldestMs = Date.parse(day) - params.maxAgeDays * DAY_MS;
  const recent = usable.filter((rows) => Date.parse(rows[0]?.day ?? "") >= oldestMs).map(profile);
  const first = usable.slice(0, params.baselineDays);
  return { recent, baselineMv: usable.length <= params.baselineDays ? null : medianLevel(first.map(profile)) };
}

/** A change of the number of cells is another pack or another wiring: everything before it is forgotten. */
function sinceCellCountChanged(byDay: readonly (readonly CellDay[])[], cells: number): readonly (readonly CellDay[])[] {
  const lastOther = byDay.findLastIndex((rows) => rows.some((r) => r.cells !== cells));
  return byDay.slice(lastOther + 1);
}

function groupByDay(days: readonly CellDay[]): CellDay[][] {
  const groups: CellDay[][] = [];
  for (const row of days) {
    const current = groups.at(-1);
    if (current?.[0]?.day === row.day) current.push(row);
    else groups.push([row]);
  }
  return groups;
}

function samplesOf(rows: readonly CellDay[]): number {
  return rows.reduce((n, r) => n + r.samples, 0);
}
