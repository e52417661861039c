/**
 * Names the cell of a pack that drifts, leaks, is weak or has a bad contact, from daily roll-ups. Pure and causal: the
 * verdict of a day uses that day and earlier ones only. Methods 2.2 and 2.3: each cell against its own baseline and against
 * the pack, the gap to the next cell, the same cell on several days.
 */
import type { CellDay } from "../../features/cellDaily.ts";
import { describeCell } from "./describeCell.ts";
import { type Hit, lowOutliers } from "./lowOutliers.ts";
import { canFire, type History, measureSeries, medianLevel, persistent, type View, viewOf } from "./measures.ts";
import { ABNORMAL_CELL_PARAMS, type AbnormalCellParams, type Tier } from "./params.ts";
import { type DayProfile, profileOfDay } from "./profile.ts";
import { sensorFaults } from "./sensors.ts";
import type { CellVerdict } from "./verdict.ts";

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
  const excluded = new Set(sensors.map((s) => s.cell - 1));
  const history = historyOf(usable, day, excluded, params, testedDays(params));
  const hits = hitsByCell(history, params);
  // A deep drop is told after two days; that all is well is not.
  if (hits.size === 0 && history.recent.length < params.minDays) return { kind: "not_evaluated", day, reason: "too_few_usable_days" };
  if (hits.size === 0) return { kind: "normal", day, daysUsed: history.recent.length, sensors };
  const whole = historyOf(usable, day, excluded, params, usable.length);
  const found = [...hits].map(([cellIndex, ofCell]) => describeCell(cellIndex, ofCell, whole, params));
  return { kind: "abnormal", day, cells: found.sort((a, b) => b.confidence - a.confidence || a.cell - b.cell), sensors };
}

function hitsByCell(history: History, params: AbnormalCellParams): Map<number, Hit[]> {
  const hits = new Map<number, Hit[]>();
  const seen = createViews(history, params);
  for (const tier of params.tiers) {
    const units = seen(tier);
    if (!canFire(units, tier)) continue;
    for (const outlier of lowOutliers(persistent(units, tier), tier, params.maxCells)) {
      hits.set(outlier.cellIndex, [...(hits.get(outlier.cellIndex) ?? []), { ...outlier, tier }]);
    }
  }
  return hits;
}

/** Each measure is looked at once per view, over the longest window that asks for it. */
function createViews(history: History, params: AbnormalCellParams): (tier: Tier) => readonly View[] {
  const kept = new Map<string, View[]>();
  return ({ measure, view }) => {
    const key = `${measure}/${view}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    const window = Math.max(...params.tiers.filter((t) => t.measure === measure && t.view === view).map((t) => t.window));
    const made = measureSeries(measure, history, params)
      .slice(-window)
      .map((unit) => viewOf(unit, view, params.neighbours));
    kept.set(key, made);
    return made;
  };
}

/** Days that the longest tier looks back. */
function testedDays(params: AbnormalCellParams): number {
  return Math.max(params.minDays, ...params.tiers.map((t) => t.window * (t.measure === "resistance" ? params.resistancePoolDays : 1)));
}

function historyOf(
  usable: readonly (readonly CellDay[])[],
  day: string,
  excluded: ReadonlySet<number>,
  params: AbnormalCellParams,
  days: number,
): History {
  const profile = (rows: readonly CellDay[]): DayProfile => profileOfDay(rows, excluded);
  const oldestMs = Date.parse(day) - params.maxAgeDays * DAY_MS;
  const recent = usable.slice(-days).filter((rows) => Date.parse(rows[0]?.day ?? "") >= oldestMs);
  const first = usable.slice(0, params.baselineDays);
  return { recent: recent.map(profile), baselineMv: usable.length <= params.baselineDays ? null : medianLevel(first.map(profile)) };
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
