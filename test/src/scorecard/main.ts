/**
 * `npm run scorecard [dataset] -- [--input DIR] [--out FILE] [--train DIR] [--accept]`
 * Without arguments: scores every dataset whose folder exists in ../shared/data and prints the table. With a dataset and
 * --input: predicts that folder, writes JSON lines to --out, and scores only where the folder holds the truth.
 * Exit codes: 0 done, 1 a figure got worse than baseline.json, 2 wrong usage, 3 unusable input.
 */
import { once } from "node:events";
import { createWriteStream, existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BellwetherError } from "@bellwether/contracts/errors";
import { improved, readBaseline, regressions, writeBaseline } from "./baseline.ts";
import type { Dataset, Figure, Folders } from "./dataset.ts";
import { DATASETS } from "./registry.ts";
import { formatTable, type ScoredFigure } from "./table.ts";

const DATA = fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const USAGE = "usage: npm run scorecard [dataset] -- [--input DIR] [--out FILE] [--train DIR] [--accept]";
const EXIT = { worse: 1, usage: 2, input: 3 } as const;

interface Options {
  readonly input?: string | undefined;
  readonly out?: string | undefined;
  readonly train?: string | undefined;
  readonly accept?: boolean | undefined;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") return fail(`${parsed}; ${USAGE}`, EXIT.usage);
  try {
    const figures = await runAll(parsed.datasets, parsed.options);
    if (figures.length > 0) process.stdout.write(formatTable(figures));
    return parsed.options.input === undefined ? await compare(figures, parsed.options.accept === true) : 0;
  } catch (error) {
    if (error instanceof BellwetherError && error.code === "input_unreadable") return fail(error.message, EXIT.input);
    throw error;
  }
}

/** The datasets and options, or what is wrong with the arguments. */
function parse(args: readonly string[]): { datasets: readonly Dataset[]; options: Options } | string {
  const text = { type: "string" } as const;
  const known = { input: text, out: text, train: text, accept: { type: "boolean" } } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true });
    const [name, ...folders] = positionals;
    const datasets = DATASETS.filter((d) => name === undefined || d.name === name);
    if (datasets.length === 0) return `unknown dataset ${name}, known: ${DATASETS.map((d) => d.name).join(", ")}`;
    const options = { ...inOrder(folders), ...values };
    const needsOne = (options.input ?? options.out ?? options.train) !== undefined;
    return needsOne && name === undefined ? "--input, --out and --train need a dataset" : { datasets, options };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** npm without `--` keeps the options' names to itself and hands on their values alone: input, out, train in this order. */
function inOrder(values: readonly string[]): Options {
  const [first, second, third] = values;
  const isSwapped = values.length === 2 && second !== undefined && !isFolder(first) && isFolder(second);
  if (isSwapped) return { input: second, out: first };
  return values.length === 2 && isFolder(second) ? { input: first, train: second } : { input: first, out: second, train: third };
}

function isFolder(path: string | undefined): boolean {
  return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function runAll(datasets: readonly Dataset[], options: Options): Promise<ScoredFigure[]> {
  const figures: ScoredFigure[] = [];
  for (const dataset of datasets) {
    const own = join(DATA, dataset.name);
    const folders = { input: options.input ?? own, train: options.train ?? own };
    if (datasets.length > 1 && !existsSync(folders.input)) {
      process.stderr.write(`${dataset.name}: skipped, ${folders.input} is absent\n`);
      continue;
    }
    const scored = await runOne(dataset, folders, options.out);
    if (scored === null) process.stderr.write(`${dataset.name}: predicted without scoring, the input holds no truth\n`);
    figures.push(...(scored ?? []).map((figure) => ({ ...figure, dataset: dataset.name })));
  }
  return figures;
}

async function runOne(dataset: Dataset, folders: Folders, out: string | undefined): Promise<readonly Figure[] | null> {
  if (out === undefined) return await dataset.run(folders, async () => {});
  const file = createWriteStream(out);
  await once(file, "open").catch((cause: unknown) => {
    throw new BellwetherError("input_unreadable", `--out ${out}: cannot be written`, { retryable: false, cause });
  });
  const figures = await dataset.run(folders, async (prediction) => {
    if (!file.write(`${JSON.stringify(prediction)}\n`)) await once(file, "drain");
  });
  file.end();
  await finished(file);
  return figures;
}

/** Compares with the committed baseline; with `accept` takes over what is new or better, never what is worse. */
async function compare(figures: readonly ScoredFigure[], accept: boolean): Promise<number> {
  let baseline = await readBaseline();
  const names = [...new Set(figures.map((f) => f.dataset))];
  const of = (name: string) => figures.filter((f) => f.dataset === name);
  const worse = names.flatMap((name) => regressions(name, of(name), baseline));
  for (const line of worse) process.stderr.write(`worse than the baseline: ${line}\n`);
  if (accept) {
    for (const name of names) baseline = improved(name, of(name), baseline);
    await writeBaseline(baseline);
  }
  return worse.length === 0 ? 0 : EXIT.worse;
}

function fail(message: string, code: number): number {
  process.stderr.write(`scorecard: ${message}\n`);
  return code;
}
