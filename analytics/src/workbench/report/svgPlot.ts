/** Plots as SVG text, so that a report is one file without scripts. */

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
}

export interface Plot {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly { readonly name: string; readonly points: readonly PlotPoint[] }[];
  /** A vertical line, such as the chosen threshold. */
  readonly marks?: readonly { readonly name: string; readonly x: number }[];
}

const WIDTH = 460;
const HEIGHT = 260;
const LEFT = 56;
const BOTTOM = 40;
const TOP = 28;
const RIGHT = 12;
const TICKS = 4;
const COLOURS = ["#1f6feb", "#d1495b", "#2a9d8f", "#8e6c8a"];

/** A line plot; points that are not finite are left out, and an empty plot says so. */
export function svgPlot({ title, xLabel, yLabel, lines, marks = [] }: Plot): string {
  const drawn = lines.map(({ name, points }) => ({ name, points: points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y)) }));
  const all = drawn.flatMap(({ points }) => points);
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">`;
  const caption = `<text x="${LEFT}" y="16" class="title">${escapeXml(title)}</text>`;
  if (all.length === 0) return `${head}${caption}<text x="${LEFT}" y="${HEIGHT / 2}">nothing to show</text></svg>`;
  const x = scaleOf(
    all.map((point) => point.x),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = scaleOf([0, ...all.map((point) => point.y)], HEIGHT - BOTTOM, TOP);
  const parts = [
    ...x.ticks.map((tick) => `<text x="${x.at(tick)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${shortNumber(tick)}</text>`),
    ...y.ticks.map(
      (tick) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.at(tick)}" y2="${y.at(tick)}" class="grid"/><text x="${LEFT - 6}" y="${y.at(tick) + 4}" text-anchor="end">${shortNumber(tick)}</text>`,
    ),
    ...drawn.map(({ points }, i) => {
      const path = points.map((point) => `${x.at(point.x).toFixed(1)},${y.at(point.y).toFixed(1)}`).join(" ");
      return `<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.8"/>`;
    }),
    ...drawn.map(
      ({ name }, i) =>
        `<text x="${WIDTH - RIGHT}" y="${TOP + 12 * (i + 1)}" text-anchor="end" fill="${COLOURS[i % COLOURS.length]}">${escapeXml(name)}</text>`,
    ),
    ...marks.map(
      ({ name, x: at }) =>
        `<line x1="${x.at(at)}" x2="${x.at(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" class="mark"/><text x="${x.at(at) + 3}" y="${TOP + 10}">${escapeXml(name)}</text>`,
    ),
    `<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeXml(xLabel)}</text>`,
    `<text x="12" y="${HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 12 ${HEIGHT / 2})">${escapeXml(yLabel)}</text>`,
  ];
  return `${head}${caption}${parts.join("")}</svg>`;
}

/** Text that is safe inside XML and HTML. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Three significant digits, thousands as k. */
export function shortNumber(value: number): string {
  if (Math.abs(value) >= 1e6) return `${Number((value / 1e6).toPrecision(3))}M`;
  return Math.abs(value) >= 1e4 ? `${Number((value / 1e3).toPrecision(3))}k` : String(Number(value.toPrecision(3)));
}

function scaleOf(values: readonly number[], from: number, to: number) {
  const min = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const max = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const span = max - min || 1;
  return {
    at: (value: number) => from + ((value - min) / span) * (to - from),
    ticks: Array.from({ length: TICKS + 1 }, (_, i) => min + (span * i) / TICKS),
  };
}
