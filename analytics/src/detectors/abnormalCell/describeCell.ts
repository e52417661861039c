import type { Hit } from "./lowOutliers.ts";
import { againstPack, besideView, type History, measureSeries, viewOf } from "./measures.ts";
import type { AbnormalCellParams, CellMeasure } from "./params.ts";
import type { AbnormalCell, DaySeries } from "./verdict.ts";
import { medianOf, type PerCell } from "./views.ts";

const UNITS = { level: "mV", change: "mV", resistance: "mohm", scatter: "ln(ratio)" } as const satisfies Record<CellMeasure, string>;

/** Deeper than this the usable capacity of the whole pack suffers and a workshop should look soon. */
const WARNING_MV = 40;
const SERIES_DAYS = 60;

/** The report of one cell from the tiers that fired for it. */
export function describeCell(cellIndex: number, hits: readonly Hit[], history: History, params: AbnormalCellParams): AbnormalCell {
  const [strongest, ...others] = [...hits].sort((a, b) => strength(b) - strength(a));
  if (strongest === undefined) throw new RangeError("describeCell needs at least one hit");
  const reference = hits.some((h) => h.tier.view === "both") ? "pack" : "neighbours";
  const series = deviationSeries(cellIndex, reference, history, params);
  const recent = series.slice(-strongest.tier.window);
  const deviationMv = medianOf(recent.map((d) => d.deviationMv)) ?? 0;
  const changeMv = changeOf(cellIndex, strongest.tier.window, history);
  const measures = new Set(hits.map((h) => h.tier.measure));
  return {
    cell: cellIndex + 1,
    direction: measures.size === 1 && measures.has("scatter") ? "erratic" : "low",
    tests: [strongest, ...others].map((h) => h.tier.name),
    measure: strongest.tier.measure,
    ...runOf(cellIndex, strongest, history, params),
    reference,
    deviationMv,
    changeMv,
    statistic: strongest.statistic,
    unit: UNITS[strongest.tier.measure],
    gap: strongest.gap,
    zScore: strongest.zScore,
    depthThreshold: strongest.tier.depth,
    gapThreshold: strongest.tier.gap,
    daysUsed: history.recent.length,
    samplesUsed: history.recent.reduce((n, p) => n + p.samples, 0),
    confidence: measures.size > 1 ? 1 : Math.min(1, strength(strongest) / 2),
    severity: Math.min(deviationMv, changeMv ?? 0) <= -WARNING_MV ? "warning" : "advice",
    series: series.slice(-SERIES_DAYS),
  };
}

/** How many times past its threshold, by the weaker of depth and gap. */
function strength(hit: Hit): number {
  return Math.min(-hit.statistic / hit.tier.depth, hit.gap / hit.tier.gap);
}

/** Where the present run began: going back from today, one quiet unit in a row is forgiven. */
function runOf(cellIndex: number, hit: Hit, history: History, params: AbnormalCellParams): { sinceDay: string; evidenceDay: string } {
  const units = measureSeries(hit.tier.measure, history, params);
  const days = unitDays(units.length, hit.tier.measure, history, params);
  const isLow = units.map((u) => (viewOf(u, hit.tier.view, params.neighbours).values[cellIndex] ?? 0) <= -hit.tier.depth);
  let since = isLow.length - 1;
  for (let i = isLow.length - 1, quiet = 0; i >= 0 && quiet < 2; i--) {
    quiet = isLow[i] === true ? 0 : quiet + 1;
    if (quiet === 0) since = i;
  }
  const windowStart = Math.max(0, isLow.length - hit.tier.window);
  const first = isLow.findIndex((low, i) => low && i >= windowStart);
  return { sinceDay: days[since] ?? "", evidenceDay: days[Math.max(0, first)] ?? "" };
}

/** First day of each unit. */
function unitDays(count: number, measure: CellMeasure, history: History, params: AbnormalCellParams): string[] {
  const size = measure === "resistance" ? params.resistancePoolDays : 1;
  const start = history.recent.length - count * size;
  return Array.from({ length: count }, (_, k) => history.recent[start + k * size]?.day ?? "");
}

function deviationSeries(
  cellIndex: number,
  reference: AbnormalCell["reference"],
  history: History,
  params: AbnormalCellParams,
): DaySeries[] {
  const view = (values: PerCell): PerCell => (reference === "pack" ? againstPack(values) : besideView(values, params.neighbours).values);
  return history.recent.map((p) => ({ day: p.day, deviationMv: view(p.levelMv)[cellIndex] ?? null }));
}

function changeOf(cellIndex: number, window: number, history: History): number | null {
  const baseline = history.baselineMv === null ? null : (againstPack(history.baselineMv)[cellIndex] ?? null);
  const now = medianOf(history.recent.slice(-window).map((p) => againstPack(p.levelMv)[cellIndex] ?? null));
  return baseline === null || now === null ? null : now - baseline;
}
