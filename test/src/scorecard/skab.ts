/** Scorecard of the baseline-shift scorer on the SKAB pump rig: every experiment streamed, its first 400 rows known to be healthy. */
import { createBaselineShift, SHIFT_ALARM_SCORE } from "@bellwether/analytics/stream/baselineShift";
import { defineDataset, type Figure } from "./dataset.ts";
import { type FoundFile, filesBelow, readFields } from "./delimited.ts";
import { groupBy } from "./groupBy.ts";
import { tell } from "./recordedText.ts";

interface RowScore {
  /** Path below the folder, such as "valve1/0.csv". */
  readonly file: string;
  readonly datetime: string;
  readonly score: number;
  readonly anomaly: 0 | 1;
}

const FREE = { name: "alarm during the anomaly-free run, % of rows", better: "lower" } as const;
/** As in the published leaderboard. */
const BASELINE_ROWS = 400;
const NOT_SIGNALS = ["datetime", "anomaly", "changepoint"];

export const skab = defineDataset<RowScore>({
  name: "skab",
  predict: ({ input }) => predict(input),
  score: async (rows, { input }) => await score(rows, input),
});

async function* predict(folder: string): AsyncIterable<RowScore> {
  for (const file of await filesBelow(folder, [".csv"])) {
    const scorer = createBaselineShift(BASELINE_ROWS);
    for await (const row of readExperiment(file)) {
      const scored = scorer(row.values);
      yield {
        file: file.name,
        datetime: row.datetime,
        score: Math.round(scored * 1e5) / 1e5,
        anomaly: scored >= SHIFT_ALARM_SCORE ? 1 : 0,
      };
    }
  }
}

interface Row {
  readonly datetime: string;
  readonly values: readonly number[];
  /** Null where the file has no labels. */
  readonly anomaly: boolean | null;
}

/** Nothing of a file that is no experiment. */
async function* readExperiment({ path }: FoundFile): AsyncIterable<Row> {
  let columns: Columns | null = null;
  for await (const fields of readFields(path)) {
    if (columns === null) {
      columns = columnsOf(fields);
      if (columns === null) return tell(`${path}: left out, expected the column datetime and signals`);
      continue;
    }
    const label = columns.label < 0 ? undefined : fields[columns.label];
    yield {
      datetime: fields[columns.datetime] ?? "",
      values: columns.signals.map((i) => Number(fields[i] || Number.NaN)),
      anomaly: label === undefined ? null : Number(label) > 0,
    };
  }
}

interface Columns {
  readonly datetime: number;
  /** -1: the file has no labels. */
  readonly label: number;
  readonly signals: readonly number[];
}

function columnsOf(header: readonly string[]): Columns | null {
  const signals = header.flatMap((name, i) => (NOT_SIGNALS.includes(name) ? [] : [i]));
  const datetime = header.indexOf("datetime");
  return datetime < 0 || signals.length === 0 ? null : { datetime, label: header.indexOf("anomaly"), signals };
}

/** Row by row over all experiments with labels, as in the leaderboard; the anomaly-free run, which has none, is a figure of its own. */
async function score(rows: readonly RowScore[], folder: string): Promise<readonly Figure[] | null> {
  const predicted = groupBy(rows, ({ file }) => file);
  const pairs: { readonly truth: boolean | null; readonly alarm: boolean }[] = [];
  for (const file of await filesBelow(folder, [".csv"])) {
    const own = predicted.get(file.name) ?? [];
    let i = 0;
    for await (const { anomaly } of readExperiment(file)) {
      pairs.push({ truth: anomaly, alarm: own[i]?.anomaly === 1 });
      i += 1;
    }
  }
  const count = (truth: boolean, alarm: boolean) => pairs.filter((pair) => pair.truth === truth && pair.alarm === alarm).length;
  const counts = { hits: count(true, true), misses: count(true, false), falseAlarms: count(false, true), quiet: count(false, false) };
  const free = pairs.filter(({ truth }) => truth === null);
  const freeAlarmsPct = (100 * free.filter(({ alarm }) => alarm).length) / Math.max(1, free.length);
  return counts.hits + counts.misses === 0 ? null : [...figures(counts), { ...FREE, ours: freeAlarmsPct }];
}

function figures({ hits, misses, falseAlarms, quiet }: Record<"hits" | "misses" | "falseAlarms" | "quiet", number>): readonly Figure[] {
  return [
    {
      name: "F1",
      ours: (2 * hits) / (2 * hits + misses + falseAlarms),
      better: "higher",
      target: 0.75,
      baseline: "T2 on the first 400 rows 0.752",
      published: "all 34: Conv-AE 0.78, MSET 0.78, T2+Q 0.76",
    },
    {
      name: "false alarms, % of normal rows",
      ours: (100 * falseAlarms) / Math.max(1, falseAlarms + quiet),
      better: "lower",
      target: 25,
      baseline: "53.6",
      published: "13.6, 39.7, 26.6",
    },
    {
      name: "missed, % of anomalous rows",
      ours: (100 * misses) / Math.max(1, hits + misses),
      better: "lower",
      baseline: "12.4",
      published: "28.0, 14.1, 24.9",
    },
  ];
}
