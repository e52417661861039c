import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filesWithColumns, numberIn, readRows, requireFiles } from "./tables.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "bellwether-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("tables of a folder", () => {
  it("are found by their columns, whatever they are called, gzipped or not", async () => {
    writeFileSync(join(folder, "a.csv"), "vehicle,week\n1,0\n");
    writeFileSync(join(folder, "b.csv.gz"), gzipSync("week,x,vehicle\n1,2,3\n"));
    writeFileSync(join(folder, "c.csv"), "vehicle\n1\n");
    writeFileSync(join(folder, "README.md"), "vehicle,week\n");
    expect(await filesWithColumns(folder, ["vehicle", "week"])).toEqual([join(folder, "a.csv"), join(folder, "b.csv.gz")]);
  });

  it("say in one line which columns are missing", async () => {
    writeFileSync(join(folder, "a.csv"), "vehicle,week\n1,0\n");
    await expect(requireFiles(folder, ["vehicle", "capacity"])).rejects.toMatchObject({
      code: "input_unreadable",
      message: expect.stringMatching(/a\.csv, the closest, lacks: capacity$/),
    });
    await expect(requireFiles(join(folder, "none"), ["vehicle"])).rejects.toMatchObject({ code: "input_unreadable" });
  });

  it("are read row by row, and a damaged file is unusable input, not a crash", async () => {
    writeFileSync(join(folder, "a.csv"), 'vehicle,name\n1,"a, b"\n');
    const rows = [];
    for await (const row of readRows(join(folder, "a.csv"))) rows.push(row);
    expect(rows).toEqual([{ vehicle: "1", name: "a, b" }]);
    writeFileSync(join(folder, "bad.csv.gz"), gzipSync("vehicle\n1\n2\n").subarray(0, 15));
    const reading = async () => {
      for await (const row of readRows(join(folder, "bad.csv.gz"))) rows.push(row);
    };
    await expect(reading()).rejects.toMatchObject({ code: "input_unreadable" });
  });

  it("give null for what is missing or not a number", () => {
    expect([numberIn({ a: " 1.5" }, "a"), numberIn({ a: "" }, "a"), numberIn({ a: "x" }, "a"), numberIn({}, "a")]).toEqual([
      1.5,
      null,
      null,
      null,
    ]);
  });
});
