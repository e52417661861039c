import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { t } from "../../language.ts";

export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** A CSS colour variable such as `--accent`. */
  readonly colour: string;
}

interface Mark {
  readonly x: number;
  /** A dot; without it a line across. */
  readonly y?: number | null;
}

/** Lines over any numbers, with a mark that can be dragged. `x` ascends. */
export function LineChart(props: {
  title: string;
  x: readonly number[];
  xLabel: string;
  lines: readonly Line[];
  mark: Mark | null;
  onPick?: (x: number) => void;
  xRange?: readonly [number, number];
  yRange?: readonly [number, number];
  /** The axis across spans at least this much, so that a flat line looks flat. */
  ySpanMin?: number;
}) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new uPlot(
      optionsOf(props, latest, element.clientWidth),
      [[...props.x], ...props.lines.map(({ values }) => [...values])],
      element,
    );
    plot.current = made;
    const stopDrag = props.onPick === undefined ? () => {} : makeDraggable(made, (x) => latest.current.onPick?.(x));
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      stopDrag();
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [props.x, props.lines]);
  useEffect(() => {
    // Before its first drawing it has no axes yet; that drawing shows the mark anyway.
    if (plot.current?.status === 1) plot.current.redraw();
  }, [props.mark?.x, props.mark?.y]);
  const isEmpty = props.lines.every(({ values }) => values.every((value) => value === null));
  if (isEmpty) {
    return (
      <figure class="plot">
        <figcaption>{props.title}</figcaption>
        <p class="notice">{t("wb_noCurve")}</p>
      </figure>
    );
  }
  return (
    <figure class="plot">
      <figcaption>{props.title}</figcaption>
      <div class="chart" ref={host} role="img" aria-label={props.title} />
    </figure>
  );
}

const HEIGHT = 190;

type Latest = { readonly current: { readonly mark: Mark | null } };

function optionsOf(props: Parameters<typeof LineChart>[0], latest: Latest, width: number): uPlot.Options {
  const colours = getComputedStyle(document.documentElement);
  const colour = (name: string) => colours.getPropertyValue(name).trim();
  const axis = { stroke: colour("--muted"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    legend: { show: props.lines.length > 1, live: false },
    scales: {
      x: { time: false, ...(props.xRange === undefined ? {} : { range: [...props.xRange] }) },
      y: { range: (_plot, low, high) => acrossRange(props, low, high) },
    },
    axes: [
      { ...axis, label: props.xLabel, labelSize: 18, labelFont: "12px sans-serif", size: 30 },
      { ...axis, size: 52 },
    ],
    series: [
      {},
      ...props.lines.map((line) => ({
        label: line.label,
        stroke: colour(line.colour),
        width: 2,
        spanGaps: true,
        points: { show: props.x.length < 3 },
      })),
    ],
    hooks: { draw: [(plot) => drawMark(plot, latest.current.mark, colour("--ink"))] },
  };
}

/** What the axis across shows: as told, else what there is with room around it. Nothing to draw has no ends. */
function acrossRange(
  { yRange, ySpanMin = 0 }: Parameters<typeof LineChart>[0],
  low: number | null,
  high: number | null,
): uPlot.Range.MinMax {
  if (yRange !== undefined) return [...yRange];
  if (low === null || high === null) return [null, null];
  const room = Math.max(0, ySpanMin - (high - low)) / 2;
  return uPlot.rangeNum(low - room, high + room, 0.1, true);
}

function drawMark(plot: uPlot, mark: Mark | null, colour: string): void {
  if (mark === null) return;
  const { ctx, bbox } = plot;
  const x = plot.valToPos(mark.x, "x", true);
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 2 * devicePixelRatio;
  ctx.beginPath();
  if (mark.y === undefined) {
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.beginPath();
    ctx.arc(x, bbox.top + 6 * devicePixelRatio, 6 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  } else if (mark.y !== null) {
    ctx.arc(x, plot.valToPos(mark.y, "y", true), 6 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.restore();
}

/** Presses and moves anywhere in the plot move the mark; returns what ends it. */
function makeDraggable(plot: uPlot, onPick: (x: number) => void): () => void {
  const ground = plot.over;
  ground.classList.add("draggable");
  const pick = (event: PointerEvent) => onPick(plot.posToVal(event.clientX - ground.getBoundingClientRect().left, "x"));
  const press = (event: PointerEvent) => {
    ground.setPointerCapture(event.pointerId);
    pick(event);
  };
  const move = (event: PointerEvent) => {
    if (ground.hasPointerCapture(event.pointerId)) pick(event);
  };
  ground.addEventListener("pointerdown", press);
  ground.addEventListener("pointermove", move);
  return () => {
    ground.removeEventListener("pointerdown", press);
    ground.removeEventListener("pointermove", move);
  };
}
