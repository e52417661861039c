/**
 * `npm run scorecard:trials`: parts of the public machines, engines, series and experiments are held back, learnt without and scored, in
 * the way others will: other folders, no truth in them where the method could see it. Says how much of a figure is fit to the public files.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { Figure, Folders } from "./dataset.ts";
import { filesBelow } from "./delimited.ts";
import { machinesErrorsMaint } from "./machinesErrorsMaint.ts";
import { nab } from "./nab.ts";
import { nabLeaveOut } from "./nabLeaveOut.ts";
import { skab } from "./skab.ts";
import { formatTable, type ScoredFigure } from "./table.ts";
import { turbofanFd001 } from "./turbofanFd001.ts";

type Keep = (machine: number, time: string) => boolean;

const DATA = fileURLToPath(new URL("../../../../shared/data", import.meta.url));
const HALF_YEAR = "2020-07-01";
const CUTS = { first: 7, last: 145, least: 31 };
const ENGINE_FIELDS = 26;

const inFirst: Keep = (machine) => machine <= 30;
const isOdd: Keep = (machine) => machine % 2 === 1;
const isEarly: Keep = (_, time) => time < HALF_YEAR;
const not =
  (keep: Keep): Keep =>
  (machine, time) =>
    time === "" ? true : !keep(machine, time);
const both =
  (a: Keep, b: Keep): Keep =>
  (machine, time) =>
    a(machine, time) && b(machine, time);

/** What is learnt from, what is judged, and which files the judged machines lack. */
const MACHINE_TRIALS: readonly { readonly name: string; readonly train: Keep; readonly input: Keep; readonly lacks?: string }[] = [
  { name: "machines 1-30 to 31-60", train: inFirst, input: (machine) => machine > 30 },
  { name: "machines 31-60 to 1-30", train: (machine) => machine > 30, input: inFirst },
  { name: "even machines to odd", train: (machine) => machine % 2 === 0, input: isOdd },
  { name: "January-June to July-December", train: isEarly, input: not(isEarly) },
  { name: "July-December to January-June", train: not(isEarly), input: isEarly },
  {
    name: "1-30 of January-June to 31-60 of July-December",
    train: both(inFirst, isEarly),
    input: both((machine) => machine > 30, not(isEarly)),
  },
  { name: "1-30 to 31-60 without replacements", train: inFirst, input: (machine) => machine > 30, lacks: "PdM_maint" },
  { name: "1-30 to 31-60 without ages", train: inFirst, input: (machine) => machine > 30, lacks: "PdM_machines" },
];

const scratch = await mkdtemp(join(tmpdir(), "bellwether-trials-"));
try {
  for (const trial of [...MACHINE_TRIALS.map(machineTrial), ...[0, 1].map(engineTrial), ...[0, 1].map(experimentTrial), seriesTrial])
    process.stdout.write(formatTable(await trial()));
} finally {
  await rm(scratch, { recursive: true });
}

function machineTrial({ name, train, input, lacks }: (typeof MACHINE_TRIALS)[number]): () => Promise<ScoredFigure[]> {
  return async () => {
    const folders = foldersOf(name);
    for (const file of await filesBelow(join(DATA, "machines-errors-maint"), [".csv"])) {
      await writeRows(file.path, join(folders.train, file.name), train);
      if (lacks === undefined || !file.name.startsWith(lacks)) await writeRows(file.path, join(folders.input, file.name), input);
    }
    return named(`machines: ${name}`, await machinesErrorsMaint.run(folders, async () => {}));
  };
}

/** The lines of a table of machines to be kept; a table without times is kept by machine. */
async function writeRows(from: string, to: string, keep: Keep): Promise<void> {
  const [header = "", ...lines] = (await textOf(from)).trim().split("\n");
  const columns = header.trim().split(",");
  const [machine, time] = [columns.indexOf("machineID"), columns.indexOf("datetime")];
  const kept = lines.filter((line) => {
    const fields = line.split(",");
    return keep(Number(fields[machine]), time < 0 ? "" : (fields[time] ?? ""));
  });
  await writeText(to, [header, ...kept].join("\n"));
}

/** Half of the engines teach; the others are cut off at places spread as NASA's, and their truth is known here alone. */
function engineTrial(side: number): () => Promise<ScoredFigure[]> {
  return async () => {
    const folders = foldersOf(`engines-${side}`);
    const [file] = await filesBelow(join(DATA, "turbofan-fd001"), [".txt"]).then((files) => files.filter(({ name }) => /train/.test(name)));
    const engines = enginesOf(await textOf(file?.path ?? ""));
    const left = new Map<string, number>();
    const cut = engines.flatMap((lines, i) => {
      if (i % 2 === side) return [];
      const cycles = Math.max(CUTS.least, lines.length - CUTS.first - ((i * 37) % (CUTS.last - CUTS.first)));
      left.set(String(i + 1), lines.length - cycles);
      return lines.slice(0, cycles);
    });
    await writeText(
      join(folders.train, "run.txt"),
      engines
        .filter((_, i) => i % 2 === side)
        .flat()
        .join("\n"),
    );
    await writeText(join(folders.input, "cut.txt"), cut.join("\n"));
    const squares: number[] = [];
    let held = 0;
    await turbofanFd001.run(folders, async (one) => {
      if (!("unit" in one && "rul" in one && "low80" in one && "high80" in one)) return;
      const truth = left.get(String(one.unit)) ?? Number.NaN;
      squares.push((Number(one.rul) - truth) ** 2);
      held += Number(truth >= Number(one.low80) && truth <= Number(one.high80));
    });
    const rmse = Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    return named(`turbofan: ${side === 0 ? "odd" : "even"} engines teach, ${squares.length} others cut once each`, [
      { name: "RMSE, cycles", ours: rmse, better: "lower", target: 18 },
      { name: "coverage of 80 % interval, %", ours: (100 * held) / squares.length, better: "inside", target: [72, 88] },
    ]);
  };
}

function enginesOf(text: string): string[][] {
  const engines = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields.length !== ENGINE_FIELDS) continue;
    const unit = fields[0] ?? "";
    engines.set(unit, [...(engines.get(unit) ?? []), line]);
  }
  return [...engines.values()];
}

/** Every second experiment of the pump rig: nothing is learnt, so both halves should say what the whole says. */
function experimentTrial(side: number): () => Promise<ScoredFigure[]> {
  return async () => {
    const folders = foldersOf(`experiments-${side}`);
    for (const [i, file] of (await filesBelow(join(DATA, "skab"), [".csv"])).entries())
      if (i % 2 === side) await cp(file.path, join(folders.input, dirname(file.name), basename(file.path)));
    return named(`skab: ${side === 0 ? "first" : "second"} of every two experiments`, await skab.run(folders, async () => {}));
  };
}

/** Each kind of series alone, and what is left when the settings are chosen again without it. */
async function seriesTrial(): Promise<ScoredFigure[]> {
  const source = join(DATA, "nab");
  const figures: ScoredFigure[] = [];
  const files = await filesBelow(join(source, "data"), [".csv"]);
  for (const kind of new Set(files.map(({ name }) => dirname(name)))) {
    const folders = foldersOf(`series-${kind}`);
    await cp(join(source, "labels"), join(folders.input, "labels"), { recursive: true });
    await cp(join(source, "data", kind), join(folders.input, "data", kind), { recursive: true });
    const scored = await nab.run(folders, async () => {});
    figures.push(...named(`nab: ${kind}`, (scored ?? []).filter(({ ours }) => Number.isFinite(ours)).slice(0, 1)));
  }
  return [...figures, ...named("nab: settings chosen without the kind", await nabLeaveOut(source))];
}

function foldersOf(name: string): Folders {
  const folder = join(scratch, name.replaceAll(/[^\w-]+/g, "_"));
  return { input: join(folder, "input"), train: join(folder, "train") };
}

function named(dataset: string, figures: readonly Figure[] | null): ScoredFigure[] {
  return (figures ?? []).filter(({ name }) => !name.startsWith("precision at a recall")).map((figure) => ({ ...figure, dataset }));
}

async function textOf(path: string): Promise<string> {
  const bytes = await readFile(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${text}\n`);
}
