import { useMemo } from "preact/hooks";
import type { Sweep, SweepPoint } from "../../apiTypes.ts";
import { t } from "../../language.ts";
import { LineChart } from "./LineChart.tsx";

/** What each value of the swept parameter would have meant; dragging in any chart chooses a value. */
export function SweepCharts({
  sweep,
  chosen,
  unit,
  onChoose,
}: {
  sweep: Sweep;
  chosen: number;
  unit: string;
  onChoose: (index: number) => void;
}) {
  const x = useMemo(() => sweep.points.map(({ at }) => at[0] ?? 0), [sweep]);
  const lines = useMemo(() => linesOf(sweep.points), [sweep]);
  const curve = useMemo(() => curveOf(sweep.points), [sweep]);
  const point = sweep.points[chosen];
  const name = sweep.axes[0]?.parameter ?? "";
  const xLabel = unit === "" ? name : `${name}, ${unit}`;
  const mark = point === undefined ? null : { x: point.at[0] ?? 0 };
  const pick = (value: number) => onChoose(nearest(x, value));
  const isOnCurve = point?.recall != null;
  return (
    <div class="plots">
      <LineChart title={t("wb_precisionRecall")} x={x} xLabel={xLabel} lines={lines.quality} mark={mark} onPick={pick} yRange={UNIT} />
      <LineChart
        title={t("wb_curve")}
        x={curve.x}
        xLabel={t("wb_recall")}
        lines={curve.lines}
        mark={isOnCurve ? { x: point?.recall ?? 0, y: point?.precision ?? null } : null}
        xRange={UNIT}
        yRange={UNIT}
      />
      <LineChart title={t("wb_costBy")} x={x} xLabel={xLabel} lines={lines.cost} mark={mark} onPick={pick} />
      <LineChart title={t("wb_leadBy")} x={x} xLabel={xLabel} lines={lines.lead} mark={mark} onPick={pick} ySpanMin={LEAD_SPAN_MIN_DAYS} />
    </div>
  );
}

const UNIT = [0, 1.05] as const;
const LEAD_SPAN_MIN_DAYS = 2;

function linesOf(points: readonly SweepPoint[]) {
  const line = (label: string, colour: string, of: (point: SweepPoint) => number | null) => ({ label, colour, values: points.map(of) });
  return {
    quality: [line(t("wb_precision"), "--accent", ({ precision }) => precision), line(t("wb_recall"), "--warning", ({ recall }) => recall)],
    cost: [line(t("wb_cost"), "--critical", ({ cost }) => cost), line(t("wb_saving"), "--good", ({ saving }) => saving)],
    lead: [line(t("wb_lead"), "--info", ({ leadDaysMedian }) => leadDaysMedian)],
  };
}

function curveOf(points: readonly SweepPoint[]) {
  const known = points
    .flatMap(({ precision, recall }) => (precision === null || recall === null ? [] : [{ precision, recall }]))
    .toSorted((a, b) => a.recall - b.recall || b.precision - a.precision);
  return {
    x: known.map(({ recall }) => recall),
    lines: [{ label: t("wb_precision"), colour: "--accent", values: known.map(({ precision }) => precision) }],
  };
}

/** Index of the value closest to `wanted`; 0 for none. */
export function nearest(values: readonly number[], wanted: number): number {
  const distances = values.map((value) => Math.abs(value - wanted));
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}
