/** Scorecard of the series scorer on NAB: every series streamed through one and the same scorer, scored by the standard profile. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ALARM_SCORE, createSeriesScorer } from "@bellwether/analytics/stream/seriesScorer";
import { z } from "zod";
import { defineDataset, type Figure } from "./dataset.ts";
import { type FoundFile, filesBelow, readFields } from "./delimited.ts";
import { groupBy } from "./groupBy.ts";
import { meanInterval } from "./meanInterval.ts";
import { nabSeriesScore, type SeriesScore } from "./nabScore.ts";
import { tell } from "./recordedText.ts";

interface PointScore {
  /** Path below `data`, as in the labels. */
  readonly series: string;
  readonly timestamp: string;
  readonly score: number;
}

const windowsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));
/** "2014-04-01 00:00:00": labels carry fractions of a second, series do not. */
const TO_SECONDS = 19;
const IN_DATA = /^(?:.*\/)?data\//;
const NO_HEADER = { timestamp: 0, value: 1 } as const;
const windowsOf = ({ windows }: SeriesScore): number => windows;
const pointsOf = ({ points }: SeriesScore): number => points;

export const nab = defineDataset<PointScore>({
  name: "nab",
  predict: ({ input }) => predict(input),
  score: async (p, { input }) => await score(p, input),
});

async function* predict(folder: string): AsyncIterable<PointScore> {
  for (const file of await seriesFiles(folder)) {
    const scorer = createSeriesScorer();
    for await (const { timestamp, value } of readSeries(file)) yield { series: file.name, timestamp, score: round(scorer(value)) };
  }
}

/** Series lie in `data/<category>`, wherever that is; a folder without `data` is taken as that. */
async function seriesFiles(folder: string): Promise<FoundFile[]> {
  const all = await filesBelow(folder, [".csv"]);
  const inData = all.filter(({ name }) => IN_DATA.test(name));
  return inData.length === 0 ? all : inData.map(({ path, name }) => ({ path, name: name.replace(IN_DATA, "") }));
}

interface Columns {
  readonly timestamp: number;
  readonly value: number;
}

/** Nothing of a file that is no series. */
async function* readSeries({ path }: FoundFile): AsyncIterable<{ timestamp: string; value: number }> {
  let columns: Columns | null = null;
  for await (const fields of readFields(path)) {
    if (columns === null) {
      columns = columnsOf(fields);
      if (columns === null) return tell(`${path}: left out, expected the columns timestamp and value`);
      if (columns !== NO_HEADER) continue;
    }
    yield { timestamp: fields[columns.timestamp] ?? "", value: Number(fields[columns.value] || Number.NaN) };
  }
}

/** Where a first line says that time and value are; a line that is a point already has them in this order. Null: neither. */
function columnsOf(fields: readonly string[]): Columns | null {
  const names = fields.map((name) => name.toLowerCase());
  const columns = { timestamp: names.indexOf("timestamp"), value: names.indexOf("value") };
  if (columns.timestamp >= 0 && columns.value >= 0) return columns;
  const [time = "", value = ""] = fields;
  return fields.length === 2 && /^\d{4}-\d{2}-\d{2}/.test(time) && value !== "" && Number.isFinite(Number(value)) ? NO_HEADER : null;
}

async function score(points: readonly PointScore[], folder: string): Promise<readonly Figure[] | null> {
  const labels = await readFile(join(folder, "labels", "windows.json"), "utf8").catch(() => null);
  if (labels === null) return null;
  const windows = windowsSchema.parse(JSON.parse(labels));
  const scored = [...groupBy(points, ({ series }) => series)].map(([series, own]) => ({ series, ...scoreOne(own, windows[series] ?? []) }));
  const perWindow = scored.flatMap((s) => Array.from({ length: s.windows }, () => s));
  const interval = meanInterval(
    perWindow,
    ({ series }) => series,
    ({ raw, windows: count }) => 50 * (raw / count + 1),
  );
  return [
    {
      name: "standard profile",
      ours: 50 + percent(scored, ({ raw }) => raw, windowsOf) / 2,
      ...interval,
      better: "higher",
      target: 55,
      baseline: "windowed Gaussian 42.8, threshold optimised",
      published: "ARTime 76.6, HTM 69.2, KNN-CAD 61.7, optimised",
    },
    { name: "windows found, %", ours: percent(scored, ({ found }) => found, windowsOf), better: "higher" },
    { name: "false alarms per 10,000 points", ours: 100 * percent(scored, ({ falseAlarms }) => falseAlarms, pointsOf), better: "lower" },
  ];
}

function percent(scored: readonly SeriesScore[], part: (s: SeriesScore) => number, whole: (s: SeriesScore) => number): number {
  const sum = scored.reduce((total, s) => total + whole(s), 0);
  return sum === 0 ? 0 : (100 * scored.reduce((total, s) => total + part(s), 0)) / sum;
}

function scoreOne(points: readonly PointScore[], windows: readonly (readonly [string, string])[]): SeriesScore {
  const timestamps = points.map(({ timestamp }) => timestamp);
  return nabSeriesScore(points.length, windowPlaces({ timestamps }, windows), (i) => (points[i]?.score ?? 0) >= ALARM_SCORE);
}

export interface NabSeries {
  readonly timestamps: readonly string[];
  /** Not finite where the file has none. */
  readonly values: readonly number[];
}

/** A series in memory, for trials that go over it more than once. */
export async function readNabSeries(file: FoundFile): Promise<NabSeries> {
  const series = { timestamps: [] as string[], values: [] as number[] };
  for await (const { timestamp, value } of readSeries(file)) {
    series.timestamps.push(timestamp);
    series.values.push(value);
  }
  return series;
}

/** First and last place of each labelled window. */
export function windowPlaces({ timestamps }: Pick<NabSeries, "timestamps">, windows: readonly (readonly [string, string])[]) {
  const times = timestamps.map((timestamp) => timestamp.slice(0, TO_SECONDS));
  return windows.map(([from, to]): readonly [number, number] => [
    times.indexOf(from.slice(0, TO_SECONDS)),
    times.indexOf(to.slice(0, TO_SECONDS)),
  ]);
}

function round(value: number): number {
  return Math.round(value * 1e5) / 1e5;
}
