import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { clock, shortDay } from "../format.ts";

/** Above this span the time axis shows days. */
const DAYS_NOT_HOURS_S = 2 * 86_400;

/** A pause of more than this many usual steps is a gap. */
const GAP_STEPS = 6;

export interface ChartSeries {
  readonly label: string;
  readonly unit: string;
  readonly values: readonly (number | null)[];
  /** A CSS colour variable such as `--accent`. */
  readonly colour: string;
  /** Drawn dashed and thin: limits and interval ends. */
  readonly faint?: boolean;
  readonly axis?: "left" | "right";
  /** Every reading shows: for short bursts, whose lines would be too short to see. */
  readonly dots?: boolean;
}

/** Lines over time; `at` in ms since 1970 UTC. `band` shades between two series (indices into `series`). */
export function Chart(props: {
  at: readonly number[];
  series: readonly ChartSeries[];
  height?: number;
  band?: readonly [upper: number, lower: number];
  label: string;
}) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const plot = new uPlot(chartOptions(props, element.clientWidth), chartData(props), element);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: props.height ?? 240 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
    };
  }, [props.at, props.series]);
  return <div class="chart" ref={host} role="img" aria-label={props.label} />;
}

function chartData(props: { at: readonly number[]; series: readonly ChartSeries[] }): uPlot.AlignedData {
  const breaks = new Set(gapsIn(props.at));
  const withBreaks = <T,>(values: readonly T[], at: (i: number) => T) =>
    values.flatMap((value, i) => (breaks.has(i) ? [at(i), value] : [value]));
  const times = withBreaks(props.at, (i) => ((props.at[i - 1] ?? 0) + (props.at[i] ?? 0)) / 2);
  return [times.map((ms) => ms / 1000), ...props.series.map((series) => withBreaks<number | null>(series.values, () => null))];
}

/** Where a line must break: positions after a pause far longer than usual, where nothing was measured. */
function gapsIn(at: readonly number[]): number[] {
  const steps = at.slice(1).map((ms, i) => ms - (at[i] ?? 0));
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  return steps.flatMap((step, i) => (step > usual * GAP_STEPS ? [i + 1] : []));
}

function chartOptions(props: Parameters<typeof Chart>[0], width: number): uPlot.Options {
  const colours = getComputedStyle(document.documentElement);
  const colour = (name: string) => colours.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  const hasRight = props.series.some((series) => series.axis === "right");
  return {
    width,
    height: props.height ?? 240,
    cursor: { points: { size: 6 } },
    legend: { show: props.series.length > 1, live: false },
    scales: { x: { time: true } },
    axes: [
      { ...axis, values: timeLabels },
      { ...axis, size: 52 },
      ...(hasRight ? [{ ...axis, scale: "right", side: 1 as const, grid: { show: false } }] : []),
    ],
    series: [{}, ...props.series.map((series) => seriesOptions(series, colour))],
    ...(props.band ? { bands: [{ series: [props.band[0] + 1, props.band[1] + 1], fill: `${colour("--accent")}26` }] } : {}),
  };
}

/** Days over several days, hours within a few, in the reader's language; uPlot's own labels are American. */
function timeLabels(_plot: uPlot, seconds: readonly number[]): string[] {
  const span = (seconds.at(-1) ?? 0) - (seconds[0] ?? 0);
  return seconds.map((second) => (span > DAYS_NOT_HOURS_S ? shortDay(second * 1000) : clock(second * 1000)));
}

function seriesOptions(series: ChartSeries, colour: (name: string) => string): uPlot.Series {
  return {
    label: series.unit === "" ? series.label : `${series.label} (${series.unit})`,
    stroke: colour(series.colour),
    width: series.faint ? 1 : 2,
    ...(series.faint ? { dash: [4, 4] } : {}),
    ...(series.axis === "right" ? { scale: "right" } : {}),
    spanGaps: false,
    points: { show: series.dots === true || series.values.length < 40, size: 5 },
  };
}
