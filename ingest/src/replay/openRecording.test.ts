import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRecording, type RecordedReport, type Recording } from "./openRecording.ts";

const SHARED = join(import.meta.dirname, "../../../../shared/data");
const MAPS = join(import.meta.dirname, "../../maps");
const TBOX_MAP = join(MAPS, "ev-cell-faults.yaml");

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "bellwether-test-replay-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const file = join(dir, name);
  await writeFile(file, content);
  return file;
}

async function open(name: string, content: string | Buffer, mapFile = TBOX_MAP): Promise<Recording> {
  return openRecording({ file: await fileOf(name, content), mapFile, vin: "car-9" });
}

async function readAll(recording: AsyncIterable<RecordedReport>, upTo = Number.POSITIVE_INFINITY): Promise<Record<string, unknown>[]> {
  const reports: Record<string, unknown>[] = [];
  for await (const { value } of recording) {
    reports.push(JSON.parse(value.toString()));
    if (reports.length >= upTo) break;
  }
  return reports;
}

const TBOX_COLUMNS = [
  "tboxTime",
  "vehSpeed",
  "BMSBatteryVoltage",
  "BMSBatteryCurrent",
  "vehBMSPackSOC",
  "BMSCellVoltageMax",
  "BMSCellVoltageMin",
  "BMSProbeTempMax",
  "BMSProbeTempMin",
  "vehOdo",
];

/** A file in the shape of the data set; `more` adds columns, `values` fills a row by column, the rest is empty. */
function tboxCsv(more: readonly string[], rows: readonly Readonly<Record<string, string>>[]): string {
  const columns = [...TBOX_COLUMNS, ...more];
  const lines = rows.map((row) => columns.map((column) => row[column] ?? "").join(","));
  return [columns.join(","), ...lines, ""].join("\n");
}

const at = { tboxTime: "2019-04-15 17:42:30" };

describe("the T-box map", () => {
  it("reads local China time, missing cells, status codes and an odometer that has not answered", async () => {
    const rows = [
      { ...at, vehSpeed: "36.3", BMSChargeStatus: "3.0", vehOdo: "0", V_1: "3.96", V_2: "NaN", V_3: "66.5", insulationResistance: "11520" },
    ];
    const csv = tboxCsv(["BMSChargeStatus", "insulationResistance", "V_1", "V_2", "V_3"], rows);
    expect(await readAll(await open("status.csv", csv))).toEqual([
      {
        vin: "CAR-9",
        eventTime: Date.UTC(2019, 3, 15, 9, 42, 30),
        receivedTime: Date.UTC(2019, 3, 15, 9, 42, 30),
        speedKmh: 36.3,
        chargeState: "not_charging",
        cellVoltagesV: [3.96, null, 66.5],
        extra: { insulationResistanceRaw: 11520 },
      },
    ]);
  });

  it("takes 40 °C off the probes of cars that add them, and only of those", async () => {
    const bounds = { ...at, BMSProbeTempMin: "25", BMSProbeTempMax: "29" };
    const rows = [
      { ...bounds, V_1: "3.9", T_1: "65", T_2: "69", T_3: "255", T_4: "0" },
      { ...bounds, V_1: "3.9", T_1: "25", T_2: "29", T_3: "28", T_4: "27" },
      { ...bounds, V_1: "3.9", T_1: "511", T_2: "511", T_3: "511", T_4: "511" },
      { ...bounds, V_1: "3.9", T_1: "45", T_2: "46", T_3: "47", T_4: "48" },
      { ...at, V_1: "3.9", T_1: "65", T_2: "69", T_3: "68", T_4: "67" },
    ];
    const recording = await open("probes.csv", tboxCsv(["V_1", "T_1", "T_2", "T_3", "T_4"], rows));
    const reports = await readAll(recording);
    expect(reports.map(({ probeTempsC }) => probeTempsC)).toEqual([
      [25, 29, null, null],
      [25, 29, 28, 27],
      undefined,
      undefined,
      undefined,
    ]);
    expect(recording.stats().unfittedLists).toEqual({ probeTempsC: 2 });
  });

  it("passes a time that cannot be read on, for ingest to reject, and counts cells that are no numbers", async () => {
    const recording = await open("odd.csv", tboxCsv(["V_1"], [at, { tboxTime: "soon", vehSpeed: "fast", V_1: "3.9" }]));
    const reports = await readAll(recording);
    expect(reports[1]).toMatchObject({ eventTime: "soon", cellVoltagesV: [3.9] });
    expect(recording.stats()).toMatchObject({ rows: 2, unreadableCells: { vehSpeed: 1 } });
  });

  it("names the missing columns, the file and the columns there are, on one line", async () => {
    const recording = await open("other.csv", "tboxTime,vehSpeed\n2019-04-15 17:42:30,1\n");
    await expect(readAll(recording)).rejects.toMatchObject({
      code: "input_unreadable",
      message: expect.stringMatching(/other\.csv: expected column "BMSBatteryVoltage", .*"V_\{n\}", got columns tboxTime, vehSpeed$/),
    });
  });
});

describe("a damaged file", () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({ ...at, vehOdo: String(1000 + i), V_1: String(3 + Math.sin(i) / 10) }));
  const packed = gzipSync(tboxCsv(["V_1"], rows));

  it("that ends early gives its good rows, then one clear line", async () => {
    const recording = await open("cut.csv.gz", packed.subarray(0, Math.floor(packed.length * 0.6)));
    const odometers: unknown[] = [];
    const reading = (async () => {
      for await (const { value } of recording) odometers.push(JSON.parse(value.toString()).odometerKm);
    })();
    await expect(reading).rejects.toMatchObject({
      code: "input_unreadable",
      message: expect.stringMatching(/cut\.csv\.gz: expected a complete gzip file, got one that ends early; \d+ rows before it are good$/),
    });
    expect(odometers.length).toBeGreaterThan(1500);
    expect(odometers).toEqual(rows.slice(0, odometers.length).map(({ vehOdo }) => Number(vehOdo)));
    expect(recording.bytesRead).toBe(recording.bytesTotal);
  });

  it("that is whole is read to its last row, and progress reaches the end", async () => {
    const recording = await open("whole.csv.gz", packed);
    expect(await readAll(recording)).toHaveLength(5000);
    expect(recording.bytesRead).toBe(packed.length);
  });

  it("that is no gzip at all, or is not there, is one clear line, too", async () => {
    await expect(readAll(await open("text.csv.gz", "tboxTime\n"))).rejects.toThrow(
      /text\.csv\.gz: expected a gzip file, got something else/,
    );
    await expect(openRecording({ file: join(dir, "none.csv"), mapFile: TBOX_MAP, vin: "A" })).rejects.toThrow(
      /none\.csv: expected a CSV file/,
    );
    await expect(openRecording({ file: join(dir, "none.csv"), mapFile: join(dir, "none.yaml"), vin: "A" })).rejects.toThrow(
      /none\.yaml: expected/,
    );
  });
});

it("lists every problem of a wrong map at once", async () => {
  const mapFile = await fileOf(
    "wrong.yaml",
    [
      "format: csv",
      "colums: {}",
      "time: { column: t, format: iso, zone: Mars/Base }",
      "columns:",
      "  a: notASignal",
      "  b: { signal: gear, values: { 1: X } }",
      "lists:",
      "  - { signal: socPct, pattern: V }",
    ].join("\n"),
  );
  const reading = openRecording({ file: mapFile, mapFile, vin: "A" });
  await expect(reading).rejects.toMatchObject({ code: "config_invalid" });
  for (const problem of [
    /colums/,
    /time\.zone: expected an IANA time zone/,
    /columns\.a/,
    /columns\.b/,
    /lists\.0\.signal/,
    /lists\.0\.pattern: expected one \{n\}/,
  ]) {
    await expect(reading).rejects.toThrow(problem);
  }
});

it("ignores the rows a map says to ignore, and follows a zone with daylight saving", async () => {
  const mapFile = await fileOf(
    "berlin.yaml",
    [
      "format: csv",
      "delimiter: ;",
      "time: { column: t, format: dd.MM.yyyy HH:mm:ss, zone: Europe/Berlin }",
      "columns: { v: packVoltageV, on: { signal: brakeOn, values: { 0: false, 1: true } } }",
      "ignoreWhen: [{ column: v, below: 100 }]",
    ].join("\n"),
  );
  const csv = "t;v;on\n31.03.2024 01:59:59;350;1\n31.03.2024 03:00:00;351;0\n01.04.2024 00:00:00;99;0\n";
  const recording = await open("berlin.csv", csv, mapFile);
  expect(await readAll(recording)).toMatchObject([
    { eventTime: Date.UTC(2024, 2, 31, 0, 59, 59), packVoltageV: 350, brakeOn: true },
    { eventTime: Date.UTC(2024, 2, 31, 1, 0, 0), packVoltageV: 351, brakeOn: false },
  ]);
  expect(recording.stats().ignored).toBe(1);
});

describe.skipIf(!existsSync(SHARED))("the shipped maps on their data", () => {
  it.each([
    ["ev-cell-faults/car1.csv.gz", "ev-cell-faults.yaml", 96, 24],
    ["ev-cell-faults/car2.csv.gz", "ev-cell-faults.yaml", 88, 19],
    ["leaf-obd-log/leaf_a.csv.gz", "leaf-obd-log.yaml", 96, 4],
  ])("%s", async (data, map, cells, probes) => {
    const recording = await openRecording({ file: join(SHARED, data), mapFile: join(MAPS, map), vin: "A" });
    const reports = await readAll(recording, 300);
    expect(reports).toHaveLength(300);
    for (const { cellVoltagesV, probeTempsC, packVoltageV, socPct } of reports) {
      expect(cellVoltagesV).toHaveLength(cells);
      expect(probeTempsC).toHaveLength(probes);
      for (const temperature of Array.isArray(probeTempsC) ? probeTempsC : [])
        expect(temperature ?? 20).toSatisfy((c: number) => c > 5 && c < 60);
      expect(packVoltageV).toSatisfy((volts: number) => volts > 250 && volts < 450);
      expect(socPct ?? 50).toSatisfy((percent: number) => percent > 0 && percent <= 100);
    }
    expect(recording.stats().unfittedLists).toEqual({});
  });

  it("says nothing about a unit nobody knows", async () => {
    expect(await readFile(TBOX_MAP, "utf8")).not.toMatch(/insulationKohm/);
  });
});
