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
  // The same in parts, deeper down, with other delimiters, another way to write times, and a last line cut off.
  const [date = "", clock = ""] = day(9).split(" ");
  const [year, month, dayOfMonth] = date.split("-").map(Number);
  const [hour = "", minute, secondOfMinute] = clock.split(":");
  const american = `${month}/${dayOfMonth}/${year} ${Number(hour) % 12 || 12}:${minute}:${secondOfMinute} ${Number(hour) < 12 ? "AM" : "PM"}`;
  const odd = await folderOf({
    "a/b/one.csv": `errorID; machineID; datetime\r\ne1;77;${american}\r\ne0;78;${day(3)}\r\n;78;${day(4)}\r\n`,
    "two.csv": `datetime,machineID,errorID\n${day(9)},77,e0\n${day(9)},7`,
    "notes.csv": 'x\n"unclosed\n',
  });
  expect((await predict(machinesErrorsMaint, odd, train)).predictions).toEqual(predictions);
});

it("turbofan: one line for each engine at its last cycle", async () => {
  const engine = (unit: number, life: number, cycles: number): string => {
    const random = createRandom(unit);
    return Array.from({ length: cycles }, (_, i) => {
      const wear = Math.exp((i - life) / 30);
      const sensors = Array.from({ length: 24 }, (_unused, s) => Number(s % 6 === 1) * wear * 9 + random.normal(0, 1));
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

  // The same engine with a header and commas, lines out of order, cells missing, cycles not logged and the last line cut off.
  const [first = "", ...rest] = engine(101, 150, 140)
    .split(" \n")
    .map((line) => line.split(" ").join(","));
  const kept = rest.map((line, i) => (i % 9 === 0 ? line.replace(/,[^,]*$/, ",") : line)).filter((_, i) => i < 60 || i > 80);
  const odd = await folderOf({ "deep/er/x.csv": `unit,cycle,rest\r\n${[...kept, first, "101,141,0.1"].join("\r\n")}` });
  const [again] = (await predict(turbofanFd001, odd, train)).predictions;
  expect(again).toMatchObject({ unit: 101, cycle: 140 });
  expect(Math.abs((again !== undefined && "rul" in again ? Number(again.rul) : Number.NaN) - (worn ?? 0))).toBeLessThan(10);
});

it("nab: whatever separates the columns, in their order or not, without a header, wherever `data` is; files that are no series are left out", async () => {
  const points = Array.from({ length: 40 }, (_, i) => [second(i), String(i % 7)] as const);
  const input = await folderOf({
    "nab/data/a/plain.csv": `\uFEFFtimestamp,value\r\n${points.map((p) => p.join(",")).join("\r\n")}`,
    "nab/data/a/semicolons.csv": `value;timestamp\n${points.map(([at, value]) => `${value};${at}`).join("\n")}\n`,
    "nab/data/a/headless.csv": points.map((p) => p.join(",")).join("\n"),
    "nab/data/a/quoted.csv": `"timestamp","value"\n${points.map(([at, value]) => `"${at}","${value}"`).join("\n")}\n2020-01-0`,
    "nab/data/a/notes.csv": 'a,b\n1,"2\n',
    "nab/data/a/empty.csv": "",
    "nab/README.md": "notes\n",
  });
  const { predictions } = await predict(nab, input);
  const of = (series: string) => predictions.filter((p) => "series" in p && p.series === series).map((p) => ({ ...p, series: "" }));
  expect(new Set(predictions.map((p) => ("series" in p ? p.series : "")))).toEqual(
    new Set(["a/headless.csv", "a/plain.csv", "a/quoted.csv", "a/semicolons.csv"]),
  );
  expect(of("a/plain.csv")).toHaveLength(40);
  expect(of("a/semicolons.csv")).toEqual(of("a/plain.csv"));
  expect(of("a/headless.csv")).toEqual(of("a/plain.csv"));
  expect(of("a/quoted.csv")).toEqual([...of("a/plain.csv"), { series: "", timestamp: "2020-01-0", score: 0 }]);
});

it("skab: constant, empty, short and cut-off experiments score 0 to 1 and never fail; other tables are left out", async () => {
  const experiment = (rows: number, of: (i: number) => string) =>
    `datetime;Flow;Level\n${Array.from({ length: rows }, (_, i) => `${second(i)};${of(i)}`).join("\n")}`;
  const input = await folderOf({
    "constant.csv": experiment(430, () => "1;1"),
    "empty.csv": experiment(430, () => ";"),
    "gaps.csv": experiment(430, (i) => `${i % 3 === 0 ? "NaN" : i % 5};${i % 4}`),
    "short.csv": experiment(50, (i) => `${i % 5};${i % 4}`),
    "cut.csv": experiment(430, (i) => `${i % 5};${i % 4}`).slice(0, -2),
    "notes.csv": "author;text\nme;none\n",
  });
  const { predictions } = await predict(skab, input);
  expect(predictions).toHaveLength(4 * 430 + 50);
  expect(predictions.every((p) => "score" in p && Number(p.score) >= 0 && Number(p.score) < 0.5)).toBe(true);
});

it.each([nab, skab, machinesErrorsMaint, turbofanFd001])("$name: a folder that is not there is unreadable input", async (dataset) => {
  await expect(predict(dataset, join(tmpdir(), "bellwether-test-no-such-folder"))).rejects.toMatchObject({ code: "input_unreadable" });
});
