/** What the series scorer would reach on kinds of series its settings were not chosen on: 135 settings, the best of the other kinds each time. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createNearestWindows } from "@bellwether/analytics/stream/nearestWindows";
import { createSurpriseHistory } from "@bellwether/analytics/stream/surpriseHistory";
import { z } from "zod";
import type { Figure } from "./dataset.ts";
import { filesBelow } from "./delimited.ts";
import { type NabSeries, readNabSeries, windowPlaces } from "./nab.ts";
import { nabSeriesScore, type SeriesScore } from "./nabScore.ts";

const SHORT = [3, 4, 6] as const;
const LONG = [16, 24, 36] as const;
const DECADES = [2, 2.3, 2.6, 2.9, 3.2] as const;
const REST = [60, 110, 200] as const;
const MEMORY = { short: 1000, long: 800 };
const NEIGHBOURS = 20;
const HISTORY = 1200;

interface Setting {
  readonly short: number;
  readonly long: number;
  readonly decades: number;
  readonly rest: number;
}

const SETTINGS: readonly Setting[] = SHORT.flatMap((short) =>
  LONG.flatMap((long) => DECADES.flatMap((decades) => REST.map((rest) => ({ short, long, decades, rest })))),
);

interface Judged {
  readonly kind: string;
  /** One score per setting. */
  readonly scores: readonly SeriesScore[];
}

/** The profile over all kinds, each scored with the setting that is best on the others, beside the median of all settings. */
export async function nabLeaveOut(folder: string): Promise<Figure[]> {
  const windows = z
    .record(z.string(), z.array(z.tuple([z.string(), z.string()])))
    .parse(JSON.parse(await readFile(join(folder, "labels", "windows.json"), "utf8")));
  const judged: Judged[] = [];
  for (const file of await filesBelow(join(folder, "data"), [".csv"])) {
    const series = await readNabSeries(file);
    judged.push({ kind: dirname(file.name), scores: scoresOf(series, windowPlaces(series, windows[file.name] ?? [])) });
  }
  const kinds = [...new Set(judged.map(({ kind }) => kind))];
  const held = kinds.flatMap((kind) => {
    const best = bestSetting(judged.filter((one) => one.kind !== kind));
    return judged.filter((one) => one.kind === kind).map(({ scores }) => scores[best]);
  });
  const all = SETTINGS.map((_, setting) => profileOf(judged.map(({ scores }) => scores[setting]))).sort((a, b) => a - b);
  return [
    {
      name: "standard profile",
      ours: profileOf(held),
      better: "higher",
      target: 55,
      baseline: `median of ${SETTINGS.length} settings ${all[Math.floor(all.length / 2)]?.toFixed(1)}`,
    },
  ];
}

function scoresOf({ values }: NabSeries, windows: readonly (readonly [number, number])[]): SeriesScore[] {
  const surprises = new Map<number, number[]>();
  for (const length of SHORT) surprises.set(length, surprisesOf(values, length, MEMORY.short));
  for (const length of LONG) surprises.set(length, surprisesOf(values, length, MEMORY.long));
  return SETTINGS.map(({ short, long, decades, rest }) => {
    const [a = [], b = []] = [surprises.get(short), surprises.get(long)];
    let resting = 0;
    const alarms = values.map((_, i) => {
      if (resting > 0) resting -= 1;
      else if (Math.max(a[i] ?? 0, b[i] ?? 0) >= decades) resting = rest;
      else return false;
      return resting === rest;
    });
    return nabSeriesScore(values.length, windows, (place) => alarms[place] === true);
  });
}

function surprisesOf(values: readonly number[], length: number, memory: number): number[] {
  const strangeness = createNearestWindows({ length, neighbours: NEIGHBOURS, memory });
  const surprise = createSurpriseHistory(HISTORY);
  return values.map((value) => {
    const strange = Number.isFinite(value) ? strangeness(value) : null;
    return strange === null ? 0 : surprise(strange);
  });
}

function bestSetting(judged: readonly Judged[]): number {
  const profiles = SETTINGS.map((_, setting) => profileOf(judged.map(({ scores }) => scores[setting])));
  return profiles.indexOf(Math.max(...profiles));
}

function profileOf(scores: readonly (SeriesScore | undefined)[]): number {
  const sum = (part: (score: SeriesScore) => number) => scores.reduce((total, score) => total + (score === undefined ? 0 : part(score)), 0);
  return (
    50 +
    (50 * sum(({ raw }) => raw)) /
      Math.max(
        1,
        sum(({ windows }) => windows),
      )
  );
}
