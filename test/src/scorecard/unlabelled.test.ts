/** Folders as in a blind evaluation: other names, other machines, no truth. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { createRandom } from "@bellwether/simulator/random";
import { afterEach, expect, it } from "vitest";
import type { Dataset } from "./dataset.ts";
import { machinesErrorsMaint } from "./machinesErrorsMaint.ts";
import { nab } from "./nab.ts";
import { skab } from "./skab.ts";
import { turbofanFd001 } from "./turbofanFd001.ts";

const made: string[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bellwether-test-scorecard-"));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), name.endsWith(".gz") ? gzipSync(text) : text);
  }
  return folder;
}

async function predict(dataset: Dataset, input: string, train = input) {
  const predictions: object[] = [];
  const figures = await dataset.run({ input, train }, async (prediction) => {
    predictions.push(prediction);
  });
  return { predictions, figures };
}

const second = (i: number): string => new Date(1_600_000_000_000 + 1000 * i).toISOString().slice(0, 19).replace("T", " ");

it("nab: a score for every point, plain or packed, named by its path", async () => {
  const rows = Array.from({ length: 50 }, (_, i) => `${second(i)},${i % 7}`).join("\n");
  const text = `timestamp,value\n${rows}\n${second(50)},\n`;
  const input = await folderOf({ "data/cars/a.csv.gz": text, "data/cars/b.csv": text });
  const { predictions, figures } = await predict(nab, input);
  expect(figures).toBeNull();
  expect(predictions).toHaveLength(102);
  expect(predictions.at(0)).toEqual({ series: "cars/a.csv", timestamp: second(0), score: 0 });
  expect(predictions.at(-1)).toEqual({ series: "cars/b.csv", timestamp: second(50), score: 0 });
});

it("skab: a score for every row of any number of signals", async () => {
  const rows = Array.from({ length: 450 }, (_, i) => `${second(i)};${(i % 5) + (i > 420 ? 50 : 0)};${i % 3}`).join("\n");
  const { predictions, figures } = await predict(skab, await folderOf({ "valve9/x.csv": `datetime;Flow;Level\n${rows}\n` }));
  expect(figures).toBeNull();
  expect(predictions).toHaveLength(450);
  expect(predictions.at(400)).toMatchObject({ file: "valve9/x.csv", anomaly: 0 });
  expect(predictions.at(449)).toMatchObject({ datetime: second(449), anomaly: 1 });
});

it("machines: alerts in time order without failures, replacements or ages in the input", async () => {
  const day = (d: number): string => second(86_400 * d);
  const days = Array.from({ length: 40 }, (_, i) => 5 * i);
  const train = await folderOf({
    "errors.csv": `datetime,machineID,errorID\n${days.map((d) => `${day(d)},${d % 3},e${d % 2}`).join("\n")}\n`,
    "failures.csv": `datetime,machineID,failure\n${days
      .filter((d) => d % 2 === 1)
      .map((d) => `${day(d + 1)},${d % 3},pump`)
      .join("\n")}\n`,
    "maint.csv": `datetime,machineID,comp\n${days.map((d) => `${day(d + 1)},${d % 3},pump`).join("\n")}\n`,
    "machines.csv": "machineID,model,age\n0,m,3\n1,m,5\n2,m,9\n",
  });
  const input = await folderOf({ "other.csv": `datetime,machineID,errorID\n${day(9)},77,e1\n${day(3)},78,e0\n${day(9)},77,e0\n` });
  const { predictions, figures } = await predict(machinesErrorsMaint, input, train);
  expect(figures).toBeNull();
  expect(predictions).toMatchObject([
    { machine: 78, at: day(3), codes: ["e0"] },
    { machine: 77, at: day(9), codes: ["e0", "e1"] },
  ]);
});

it("turbofan: one line for each engine at its last cycle", async () => {
  const engine = (unit: number, life: number, cycles: number): string => {
    const random = createRandom(unit);
    return Array.from({ length: cycles }, (_, i) => {
      const wear = Math.exp((i - life) / 30);
      const sensors = Array.from({ length: 24 }, (_unused, s) => (s % 2) * wear * 9 + random.normal(0, 1));
      return [unit, i + 1, ...sensors.map((value) => value.toFixed(3))].join(" ");
    }).join(" \n");
  };
  const train = await folderOf({
    "train.txt.gz": Array.from({ length: 10 }, (_, u) => engine(u + 1, 130 + 5 * u, 130 + 5 * u)).join("\n"),
  });
  const input = await folderOf({ "test.txt": `${engine(101, 150, 140)}\n${engine(102, 150, 60)}\n`, "readme.txt": "not data\n" });
  const { predictions, figures } = await predict(turbofanFd001, input, train);
  expect(figures).toBeNull();
  expect(predictions).toMatchObject([
    { unit: 101, cycle: 140 },
    { unit: 102, cycle: 60 },
  ]);
  const [worn, young] = predictions.map((p) => ("rul" in p ? Number(p.rul) : Number.NaN));
  expect(worn).toBeLessThan(young ?? 0);
});

it.each([nab, skab, machinesErrorsMaint, turbofanFd001])("$name: a folder that is not there is unreadable input", async (dataset) => {
  await expect(predict(dataset, join(tmpdir(), "bellwether-test-no-such-folder"))).rejects.toMatchObject({ code: "input_unreadable" });
});
